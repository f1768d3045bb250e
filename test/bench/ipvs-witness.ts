import { type ActualService, type DesiredService, serviceId } from '../../src/core/ipvs/table.js';
import { GenericNetlink } from '../../src/kernel/generic-netlink.js';
import { KernelIpvs } from '../../src/kernel/ipvs.js';
import { native } from '../../src/kernel/native.js';
import { encodeDumpServers } from '../../src/wire/ipvs.js';
import { IPVS_GENL_NAME } from '../../src/wire/ipvs-constants.js';
import { NetlinkWriter } from '../../src/wire/netlink.js';

/** Looks at the kernel's table of its network namespace. */
export class Witness {
  readonly #socket = new GenericNetlink(native);
  readonly #ipvs = new KernelIpvs(native);
  #family = 0;

  async open(): Promise<void> {
    const family = await this.#socket.family(IPVS_GENL_NAME);
    if (typeof family !== 'number') throw new Error('this kernel has no IPVS');
    this.#family = family;
  }

  async serversOf(key: DesiredService['key']): Promise<number> {
    const w = new NetlinkWriter();
    encodeDumpServers(w, { family: this.#family, sequence: this.#socket.sequences(1) }, key);
    return (await this.#socket.exchange(w.take(), 1)).rows.length;
  }

  /** All of it. */
  async table(): Promise<readonly ActualService[]> {
    const found = await this.#ipvs.dump();
    if ('code' in found) throw new Error(`cannot read the table: ${found.code}`);
    return found;
  }

  /** How many servers all services have together. */
  async servers(): Promise<number> {
    return (await this.table()).reduce((sum, service) => sum + service.servers.length, 0);
  }

  /** Whether each service has so many servers. */
  async complete(table: readonly DesiredService[], servers: number): Promise<boolean> {
    const counts = new Map((await this.table()).map((service) => [serviceId(service.key), service.servers.length]));
    return table.every((service) => counts.get(serviceId(service.key)) === servers);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#ipvs.close();
  }
}

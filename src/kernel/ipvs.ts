import { constants } from 'node:os';
import { changeFailure } from '../core/ipvs/failure.js';
import {
  type ActualServer,
  type ActualService,
  type ServiceKey,
  serverId,
  serviceId,
  type TableChange,
} from '../core/ipvs/table.js';
import type { IpvsTable } from '../ports/ipvs.js';
import type { Failure } from '../values/failure.js';
import { unreachable } from '../values/unreachable.js';
import type { Verdict } from '../wire/generic-netlink.js';
import {
  type Envelope,
  encodeDeleteServer,
  encodeDeleteService,
  encodeDumpServers,
  encodeDumpServices,
  encodeGetService,
  encodePutServer,
  encodePutService,
} from '../wire/ipvs.js';
import { type Decoded, decodeServer, decodeService } from '../wire/ipvs-dump.js';
import { type NetlinkMessage, NetlinkWriter } from '../wire/netlink.js';
import { NLM_F_ACK } from '../wire/netlink-constants.js';
import { errnoName, type GenericNetlink } from './generic-netlink.js';
import { IpvsFamily, verdictFailure } from './ipvs-family.js';
import type { Native } from './native.js';

/** Changes in one exchange: bounds what is held in memory, and how long one descriptor is busy. */
const BATCH = 2048;
/** Dumps in one exchange, each of one service's destinations: bounds what is held in memory, and the turn that reads it. */
const DUMPS_AT_ONCE = 64;
/** Services that are read by themselves in one exchange: the receive buffer holds their answers by default. */
const READS_AT_ONCE = 32;
/** How often a dump that the kernel calls inconsistent is read again before it is given up. */
const DUMP_ATTEMPTS = 5;

/** The IPVS table of this network namespace by generic netlink. Sockets are opened at the first use. */
export class KernelIpvs implements IpvsTable {
  readonly #family: IpvsFamily;

  constructor(native: Native) {
    this.#family = new IpvsFamily(native);
  }

  dump(): Promise<readonly ActualService[] | Failure> {
    return this.#family.inTurn(() => this.#settled((socket, family) => this.#read(socket, family)));
  }

  read(keys: readonly ServiceKey[]): Promise<readonly ActualService[] | Failure> {
    return this.#family.inTurn(async () => {
      const table: ActualService[] = [];
      for (let start = 0; start < keys.length; start += READS_AT_ONCE) {
        const some = keys.slice(start, start + READS_AT_ONCE);
        const found = await this.#settled((socket, family) => this.#readSome(socket, family, some));
        if ('code' in found) return found;
        table.push(...found);
      }
      return table;
    });
  }

  apply(changes: readonly TableChange[]): Promise<readonly (Failure | null)[]> {
    return this.#family.inTurn(() => this.#apply(changes));
  }

  /** Ends it when what runs has ended; later calls open a socket again. */
  close(): Promise<void> {
    return this.#family.close();
  }

  async #apply(changes: readonly TableChange[]): Promise<readonly (Failure | null)[]> {
    const results: (Failure | null)[] = [];
    for (let start = 0; start < changes.length; start += BATCH) {
      results.push(...(await this.#applyBatch(changes.slice(start, start + BATCH))));
    }
    return results;
  }

  async #applyBatch(changes: readonly TableChange[]): Promise<readonly (Failure | null)[]> {
    const opened = await this.#family.open('ipvs.apply');
    if ('code' in opened) return changes.map((change) => ({ ...opened, what: `ipvs.${change.kind}` }));
    const { socket, family } = opened;
    const first = socket.sequences(changes.length);
    const writer = new NetlinkWriter(128 * changes.length);
    changes.forEach((change, i) => {
      encodeChange(writer, { family, sequence: first + i }, change);
    });
    writer.addFlags(NLM_F_ACK);
    try {
      const answers = await socket.exchange(writer.take(), 1);
      const whole = !answers.lost && answers.verdicts.has(first + changes.length - 1);
      return changes.map((change, i) => this.#judge(change, answers.verdicts.get(first + i), whole));
    } catch (error) {
      const { code, detail } = this.#family.broken('ipvs.apply', error);
      return changes.map((change) => changeFailure(change, code, detail));
    }
  }

  /** @param whole every failure was heard: one that is not there is none. */
  #judge(change: TableChange, verdict: Verdict | undefined, whole: boolean): Failure | null {
    if (verdict === undefined) return whole ? null : changeFailure(change, 'no-answer');
    if (verdict.errno === 0) return null;
    const code = errnoName(verdict.errno);
    // The family's own number is gone with its module, and that is ENOENT too: look it up again next time.
    if (code === 'ENOENT') this.#family.relook();
    return changeFailure(change, code, verdict.message);
  }

  /** Reads until the table holds still, and once more where the family's number was an old one. */
  async #settled(
    work: (socket: GenericNetlink, family: number) => Promise<readonly ActualService[] | Failure | 'again'>,
  ): Promise<readonly ActualService[] | Failure> {
    let failure: Failure = { what: 'ipvs.dump', code: 'unsettled', detail: 'the table changed at each reading' };
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const opened = await this.#family.open('ipvs.dump');
      if ('code' in opened) return opened;
      try {
        const read = await work(opened.socket, opened.family);
        if (read === 'again') continue;
        if (!('code' in read)) return read;
        failure = read;
        if (read.code !== 'ENOENT') return read;
        this.#family.relook();
      } catch (error) {
        return this.#family.broken('ipvs.dump', error);
      }
    }
    return failure;
  }

  async #read(socket: GenericNetlink, family: number): Promise<readonly ActualService[] | Failure | 'again'> {
    const services = await dumpRows(socket, 1, decodeService, (w, sequence) => {
      encodeDumpServices(w, { family, sequence });
    });
    if (!Array.isArray(services)) return services;
    // A dump resumes by index while others write: a row can come twice.
    const unique = [...new Map(services.flat().map((service) => [serviceId(service.key), service])).values()];
    const table: ActualService[] = [];
    for (let start = 0; start < unique.length; start += DUMPS_AT_ONCE) {
      const some = unique.slice(start, start + DUMPS_AT_ONCE);
      const servers = await dumpRows(socket, some.length, decodeServer, (w, sequence, i) => {
        const service = some[i];
        if (service !== undefined) encodeDumpServers(w, { family, sequence }, service.key);
      });
      if (!Array.isArray(servers)) return servers;
      some.forEach((service, i) => {
        const rows = new Map((servers[i] ?? []).map((server) => [serverId(server.key), server]));
        table.push({ ...service, servers: [...rows.values()] });
      });
    }
    return table;
  }

  /** One request for each service, then one dump of its destinations each, all in one exchange. */
  async #readSome(
    socket: GenericNetlink,
    family: number,
    keys: readonly ServiceKey[],
  ): Promise<readonly ActualService[] | Failure | 'again'> {
    const { length } = keys;
    const first = socket.sequences(2 * length);
    const writer = new NetlinkWriter(256 * length);
    keys.forEach((key, i) => {
      encodeGetService(writer, { family, sequence: first + i }, key);
    });
    keys.forEach((key, i) => {
      encodeDumpServers(writer, { family, sequence: first + length + i }, key);
    });
    const answers = await socket.exchange(writer.take(), 2 * length);
    for (const verdict of answers.verdicts.values()) {
      if (verdict.errno !== 0 && verdict.errno !== ABSENT) return verdictFailure('ipvs.dump', 'IPVS table', verdict);
    }
    if (answers.interrupted) return 'again';
    if (answers.lost || answers.verdicts.size < 2 * length) return badAnswer('answers are missing');
    const services = new Map<number, Omit<ActualService, 'servers'>>();
    const servers: Map<string, ActualServer>[] = keys.map(() => new Map());
    for (const row of answers.rows) {
      const index = row.sequence - first;
      const decoded = index < length ? decodeService(row) : decodeServer(row);
      if (decoded.kind === 'damaged') return badAnswer(decoded.why);
      if (decoded.kind === 'foreign') continue;
      const { value } = decoded;
      if ('settings' in value) services.set(index, value);
      else servers[index - length]?.set(serverId(value.key), value);
    }
    return [...services].map(([i, service]) => ({ ...service, servers: [...(servers[i]?.values() ?? [])] }));
  }
}

/** The kernel's answer for a service that is not there. */
const ABSENT = constants.errno.ESRCH;

/** `count` dumps, sent together. @returns the rows of each that are of our kind. */
async function dumpRows<T>(
  socket: GenericNetlink,
  count: number,
  decode: (message: NetlinkMessage) => Decoded<T>,
  encode: (w: NetlinkWriter, sequence: number, index: number) => void,
): Promise<T[][] | Failure | 'again'> {
  const first = socket.sequences(count);
  const writer = new NetlinkWriter(128 * count);
  const rows: T[][] = [];
  for (let i = 0; i < count; i++) {
    encode(writer, first + i, i);
    rows.push([]);
  }
  const answers = await socket.exchange(writer.take(), count);
  for (const verdict of answers.verdicts.values()) {
    if (verdict.errno !== 0) return verdictFailure('ipvs.dump', 'IPVS table', verdict);
  }
  if (answers.interrupted) return 'again';
  if (answers.lost || answers.verdicts.size < count) return badAnswer('answers are missing');
  for (const row of answers.rows) {
    const decoded = decode(row);
    if (decoded.kind === 'damaged') return badAnswer(decoded.why);
    if (decoded.kind === 'ours') rows[row.sequence - first]?.push(decoded.value);
  }
  return rows;
}

const badAnswer = (why: string): Failure => ({
  what: 'ipvs.dump',
  code: 'bad-answer',
  detail: `the kernel's answer cannot be read: ${why}`,
});

function encodeChange(w: NetlinkWriter, to: Envelope, change: TableChange): void {
  switch (change.kind) {
    case 'addService':
      encodePutService(w, to, 'new', change.service, change.settings);
      break;
    case 'editService':
      encodePutService(w, to, 'set', change.service, change.settings);
      break;
    case 'removeService':
      encodeDeleteService(w, to, change.service);
      break;
    case 'addServer':
      encodePutServer(w, to, 'new', change.service, change.server, change.settings);
      break;
    case 'editServer':
      encodePutServer(w, to, 'set', change.service, change.server, change.settings);
      break;
    case 'removeServer':
      encodeDeleteServer(w, to, change.service, change.server);
      break;
    default:
      unreachable(change);
  }
}

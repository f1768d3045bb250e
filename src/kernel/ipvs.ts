import { changeFailure, noIpvs, noPermission } from '../core/ipvs/failure.js';
import { type ActualServer, type ActualService, serverId, serviceId, type TableChange } from '../core/ipvs/table.js';
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
  encodePutServer,
  encodePutService,
} from '../wire/ipvs.js';
import { IPVS_GENL_NAME } from '../wire/ipvs-constants.js';
import { type Decoded, decodeServer, decodeService, type WireService } from '../wire/ipvs-dump.js';
import { type NetlinkMessage, NetlinkWriter } from '../wire/netlink.js';
import { NLM_F_ACK } from '../wire/netlink-constants.js';
import { errnoName, GenericNetlink } from './generic-netlink.js';
import { native as addon, type Native, type SystemError } from './native.js';

/** Changes in one exchange: bounds what is held in memory, and how long one descriptor is busy. */
const BATCH = 2048;
/** How often a dump that the kernel calls inconsistent is read again before it is given up. */
const DUMP_ATTEMPTS = 5;

/** The IPVS table of this network namespace by generic netlink. Sockets are opened at the first use. */
export class KernelIpvs implements IpvsTable {
  readonly #native: Native;
  #socket: GenericNetlink | null = null;
  #family: number | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(native: Native = addon) {
    this.#native = native;
  }

  dump(): Promise<readonly ActualService[] | Failure> {
    return this.#inTurn(() => this.#dump());
  }

  apply(changes: readonly TableChange[]): Promise<readonly (Failure | null)[]> {
    return this.#inTurn(() => this.#apply(changes));
  }

  /** Ends it when what runs has ended; later calls open a socket again. */
  close(): Promise<void> {
    return this.#inTurn(async () => this.#forget());
  }

  /** One operation at a time: a dump never sees half of our own changes. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work, work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Drops socket and family number: the next use looks both up again (the module may have been loaded anew). */
  #forget(): void {
    this.#socket?.close();
    this.#socket = null;
    this.#family = null;
  }

  async #open(what: string): Promise<{ socket: GenericNetlink; family: number } | Failure> {
    try {
      this.#socket ??= new GenericNetlink(this.#native);
      const family = this.#family ?? (await this.#socket.family(IPVS_GENL_NAME));
      if (typeof family !== 'number') {
        return family.errno === 2 ? noIpvs(what) : verdictFailure(what, 'family IPVS', family);
      }
      this.#family = family;
      return { socket: this.#socket, family };
    } catch (error) {
      return this.#broken(what, error);
    }
  }

  #broken(what: string, error: unknown): Failure {
    this.#forget();
    const { code, message } = error as SystemError;
    if (code === undefined) throw error;
    return { what, code, detail: `netlink socket: ${message}` };
  }

  async #apply(changes: readonly TableChange[]): Promise<readonly (Failure | null)[]> {
    const results: (Failure | null)[] = [];
    for (let start = 0; start < changes.length; start += BATCH) {
      results.push(...(await this.#applyBatch(changes.slice(start, start + BATCH))));
    }
    return results;
  }

  async #applyBatch(changes: readonly TableChange[]): Promise<readonly (Failure | null)[]> {
    const opened = await this.#open('ipvs.apply');
    if ('code' in opened) return changes.map((change) => ({ ...opened, what: `ipvs.${change.kind}` }));
    const first = opened.socket.sequences(changes.length);
    const writer = new NetlinkWriter(128 * changes.length);
    changes.forEach((change, i) => {
      encodeChange(writer, { family: opened.family, sequence: first + i, flags: NLM_F_ACK }, change);
    });
    try {
      const answers = await opened.socket.exchange(writer.take(), changes.length);
      return changes.map((change, i) => this.#judge(change, answers.verdicts.get(first + i)));
    } catch (error) {
      const { code, detail } = this.#broken('ipvs.apply', error);
      return changes.map((change) => changeFailure(change, code, detail));
    }
  }

  #judge(change: TableChange, verdict: Verdict | undefined): Failure | null {
    if (verdict === undefined) return changeFailure(change, 'no-answer');
    if (verdict.errno === 0) return null;
    const code = errnoName(verdict.errno);
    // The family's own number is gone with its module, and that is ENOENT too: look it up again next time.
    if (code === 'ENOENT') this.#family = null;
    return changeFailure(change, code, verdict.message);
  }

  async #dump(): Promise<readonly ActualService[] | Failure> {
    let failure: Failure = { what: 'ipvs.dump', code: 'unsettled', detail: 'the table changed at each reading' };
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const opened = await this.#open('ipvs.dump');
      if ('code' in opened) return opened;
      try {
        const read = await this.#read(opened.socket, opened.family);
        if (read === 'again') continue;
        if (!('code' in read)) return read;
        failure = read;
        if (read.code !== 'ENOENT') return read;
        this.#family = null;
      } catch (error) {
        return this.#broken('ipvs.dump', error);
      }
    }
    return failure;
  }

  async #read(socket: GenericNetlink, family: number): Promise<readonly ActualService[] | Failure | 'again'> {
    const services = await this.#rows(socket, decodeService, (w, sequence) =>
      encodeDumpServices(w, { family, sequence }),
    );
    if (!Array.isArray(services)) return services;
    // A dump resumes by index while others write: a row can come twice.
    const unique = new Map<string, WireService>(services.map((service) => [serviceId(service.key), service]));
    const table: ActualService[] = [];
    for (const service of unique.values()) {
      const servers = await this.#rows(socket, decodeServer, (w, sequence) =>
        encodeDumpServers(w, { family, sequence }, service.key),
      );
      if (!Array.isArray(servers)) return servers;
      const rows = new Map<string, ActualServer>(servers.map((server) => [serverId(server.key), server]));
      table.push({ ...service, servers: [...rows.values()] });
    }
    return table;
  }

  async #rows<T>(
    socket: GenericNetlink,
    decode: (message: NetlinkMessage) => Decoded<T>,
    encode: (w: NetlinkWriter, sequence: number) => void,
  ): Promise<T[] | Failure | 'again'> {
    const sequence = socket.sequences(1);
    const writer = new NetlinkWriter(128);
    encode(writer, sequence);
    const answers = await socket.exchange(writer.take(), 1);
    const verdict = answers.verdicts.get(sequence);
    if (verdict !== undefined && verdict.errno !== 0) return verdictFailure('ipvs.dump', 'IPVS table', verdict);
    if (answers.interrupted) return 'again';
    const rows: T[] = [];
    for (const row of answers.rows) {
      const decoded = decode(row);
      if (decoded.kind === 'damaged') return badAnswer(decoded.why);
      if (decoded.kind === 'ours') rows.push(decoded.value);
    }
    return answers.damaged ? badAnswer('message length') : rows;
  }
}

const badAnswer = (why: string): Failure => ({
  what: 'ipvs.dump',
  code: 'bad-answer',
  detail: `the kernel's answer cannot be read: ${why}`,
});

function verdictFailure(what: string, detail: string, verdict: Verdict): Failure {
  const code = errnoName(verdict.errno);
  if (code === 'EPERM') return noPermission(what);
  return { what, code, detail: verdict.message === null ? detail : `${detail} (kernel: ${verdict.message})` };
}

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

import type { SyncChange, SyncDaemon, SyncRole } from '../core/vrrp/sync-role.js';
import type { SyncDaemons } from '../ports/sync-daemon.js';
import type { Failure } from '../values/failure.js';
import { decodeDaemon, encodeDumpDaemons, encodeStartDaemon, encodeStopDaemon } from '../wire/ipvs-daemon.js';
import { NetlinkWriter } from '../wire/netlink.js';
import { NLM_F_ACK } from '../wire/netlink-constants.js';
import { errnoName } from './generic-netlink.js';
import { IpvsFamily, verdictFailure } from './ipvs-family.js';
import type { Native } from './native.js';

/** The connection-sync daemons of this network namespace by generic netlink, off the event loop. Needs CAP_NET_ADMIN. */
export class KernelSyncDaemons implements SyncDaemons {
  readonly #family: IpvsFamily;

  constructor(native: Native) {
    this.#family = new IpvsFamily(native);
  }

  list(): Promise<readonly SyncDaemon[] | Failure> {
    return this.#family.inTurn(() => this.#list('sync.list'));
  }

  apply(change: SyncChange): Promise<Failure | null> {
    return this.#family.inTurn(() => this.#apply(`sync.${change.kind}`, change));
  }

  /** Ends it when what runs has ended; later calls open a socket again. */
  close(): Promise<void> {
    return this.#family.close();
  }

  async #list(what: string): Promise<readonly SyncDaemon[] | Failure> {
    const asked = await this.#ask(what, [encodeDumpDaemons]);
    if ('code' in asked) return asked;
    const { verdict, rows, lost } = asked.answer;
    if (verdict !== undefined && verdict.errno !== 0) return this.#refused(what, 'sync daemons', verdict);
    if (verdict === undefined || lost) return badAnswer(what, 'answers are missing');
    const found = new Map<SyncRole, SyncDaemon>();
    for (const row of rows) {
      const decoded = decodeDaemon(row);
      if (decoded.kind === 'damaged') return badAnswer(what, decoded.why);
      if (decoded.kind === 'ours') found.set(decoded.value.role, decoded.value);
    }
    return [...found.values()];
  }

  async #apply(what: string, change: SyncChange): Promise<Failure | null> {
    const role = change.kind === 'start' ? change.daemon.role : change.role;
    const asked = await this.#ask(what, change.kind === 'start' ? [starting(change.daemon)] : stopping(role));
    if ('code' in asked) return asked;
    const { verdict } = asked.answer;
    if (verdict === undefined) return { what, code: 'no-answer', detail: `${role}: the kernel's answer was lost` };
    const code = verdict.errno === 0 ? null : errnoName(verdict.errno);
    if (code === null || (code === 'ESRCH' && change.kind === 'stop')) return null;
    const detail = change.kind === 'start' ? startDetail(change.daemon, code) : role;
    return this.#refused(what, detail, verdict);
  }

  #refused(what: string, detail: string, verdict: { errno: number; message: string | null }): Failure {
    if (errnoName(verdict.errno) === 'ENOENT') this.#family.relook();
    return verdictFailure(what, detail, verdict);
  }

  /** Requests in one datagram, of which the last is answered for certain; with the verdict on that one. */
  async #ask(what: string, requests: readonly Encode[]) {
    const opened = await this.#family.open(what);
    if ('code' in opened) return opened;
    const { socket, family } = opened;
    const first = socket.sequences(requests.length);
    const writer = new NetlinkWriter(256);
    requests.forEach((encode, i) => {
      encode(writer, { family, sequence: first + i });
    });
    try {
      const { verdicts, rows, lost } = await socket.exchange(writer.take(), 1);
      return { answer: { verdict: verdicts.get(first + requests.length - 1), rows, lost } };
    } catch (error) {
      return this.#family.broken(what, error);
    }
  }
}

type Encode = (w: NetlinkWriter, to: { family: number; sequence: number }) => void;

const starting =
  (daemon: SyncDaemon): Encode =>
  (w, to) =>
    encodeStartDaemon(w, { ...to, flags: NLM_F_ACK }, daemon);

/**
 * Twice: kthread_stop() of a thread that has not run yet is EINTR, and netlink_rcv_skb() answers nothing to a request that
 * ended so. The second then finds none (ESRCH), which is the answer.
 */
const stopping = (role: SyncRole): Encode[] => [
  (w, to) => encodeStopDaemon(w, to, role),
  (w, to) => encodeStopDaemon(w, { ...to, flags: NLM_F_ACK }, role),
];

/** What start_sync_thread() in net/netfilter/ipvs/ip_vs_sync.c means by its errors. */
function startDetail({ role, interface: name, group }: SyncDaemon, code: string): string {
  const who = `${role} on ${name}`;
  switch (code) {
    case 'ENODEV':
      return `${who}: there is no such interface`;
    case 'EEXIST':
      return `${who}: a daemon of that role runs already`;
    case 'ENETUNREACH':
      return `${who}: no route to ${group}; the interface must be up`;
    case 'EINVAL':
      return `${who}: the kernel takes no such settings (it also refuses while a service mixes IPv4 and IPv6)`;
    default:
      return who;
  }
}

const badAnswer = (what: string, why: string): Failure => ({
  what,
  code: 'bad-answer',
  detail: `the kernel's answer cannot be read: ${why}`,
});

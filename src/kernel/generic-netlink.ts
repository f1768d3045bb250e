import { constants } from 'node:os';
import { decodeFamily, encodeGetFamily, isKernel, netlinkAddress, type Verdict } from '../wire/generic-netlink.js';
import * as N from '../wire/netlink-constants.js';
import type { Native, SystemError } from './native.js';
import { type Answers, Collector } from './netlink-answers.js';

/** Room for answers that the kernel queues while it works through a datagram of requests. */
const RECEIVE_BUFFER = 4 << 20;
/** A request can make the kernel load a module, which waits for modprobe. */
const TIMEOUT_MS = 30_000;
/** No answer to a change is larger: it carries the request's header and a sentence. */
const DATAGRAM = 16_384;

/** A generic netlink socket. One exchange at a time; the caller sees to that. */
export class GenericNetlink {
  readonly #native: Native;
  readonly #fd: number;
  #sequence = 0;

  /** @throws SystemError when the kernel gives no socket. */
  constructor(native: Native) {
    this.#native = native;
    this.#fd = native.socket(N.AF_NETLINK, N.SOCK_RAW, N.NETLINK_GENERIC);
    try {
      native.bind(this.#fd, netlinkAddress());
    } catch (error) {
      native.close(this.#fd);
      throw error;
    }
    // Each is a help, none is needed: old kernels have no extended acknowledgements, and without CAP_NET_ADMIN the
    // buffer stays as it is.
    this.#try(() => native.setOption(this.#fd, N.SOL_SOCKET, N.SO_RCVBUFFORCE, RECEIVE_BUFFER));
    this.#try(() => native.setOption(this.#fd, N.SOL_NETLINK, N.NETLINK_CAP_ACK, 1));
    this.#try(() => native.setOption(this.#fd, N.SOL_NETLINK, N.NETLINK_EXT_ACK, 1));
  }

  /** The first of `count` sequence numbers in a row that no request in flight has. */
  sequences(count: number): number {
    if (this.#sequence + count > 0x7fffffff) this.#sequence = 0;
    const first = this.#sequence + 1;
    this.#sequence += count;
    return first;
  }

  /**
   * Sends requests and collects their answers, off the event loop.
   *
   * The kernel works through a request before send(2) returns, and reports a failure whether it was asked for or not. So
   * a run of changes needs NLM_F_ACK on its last one only, with `expected` 1: half the time of an answer each.
   * @param expected after how many verdicts to stop waiting; what is there already is read all the same.
   * @throws SystemError (rejects): ETIMEDOUT, ENOBUFS when an answer was lost.
   */
  async exchange(request: Uint8Array, expected: number): Promise<Answers> {
    const answers = new Collector();
    answers.add(await this.#native.transact(this.#fd, request, expected, TIMEOUT_MS));
    const datagram = new Uint8Array(DATAGRAM);
    const from = netlinkAddress();
    for (;;) {
      try {
        const length = this.#native.receive(this.#fd, datagram, from, null);
        if (length < 0) return answers;
        if (isKernel(from)) answers.add(datagram.slice(0, length));
      } catch (error) {
        if ((error as SystemError).code !== 'ENOBUFS') throw error;
        answers.lost = true;
      }
    }
  }

  /** The number of a family by its name, or the kernel's errno (ENOENT: there is none). */
  async family(name: string): Promise<number | Verdict> {
    const sequence = this.sequences(1);
    const answers = await this.exchange(encodeGetFamily(name, sequence), 1);
    for (const row of answers.rows) {
      const id = decodeFamily(row);
      if (id !== null) return id;
    }
    return answers.verdicts.get(sequence) ?? { errno: constants.errno.ENOMSG, message: 'no answer to GETFAMILY' };
  }

  close(): void {
    this.#native.close(this.#fd);
  }

  #try(set: () => void): void {
    try {
      set();
    } catch {}
  }
}

const NAMES = new Map<number, string>(Object.entries(constants.errno).map(([name, number]) => [number, name]));
// Two names for one number: the one that manual pages use.
NAMES.set(constants.errno.EAGAIN, 'EAGAIN');
NAMES.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');

/** `ENOENT` for 2; `E1234` for one that this libc has no name for. */
export const errnoName = (errno: number): string => NAMES.get(errno) ?? `E${errno}`;

import { netlinkAddress } from '../wire/generic-netlink.js';
import * as N from '../wire/netlink-constants.js';
import type { Native, NativeWorker } from './native.js';
import { type Answers, Collector } from './netlink-answers.js';
import { NETLINK_ROUTE } from './socket-numbers.js';

/** A network driver that holds the kernel's lock can take seconds; the pool's thread waits, not the router. */
const TIMEOUT_MS = 20_000;

/** A route netlink socket (rtnetlink(7)) of ours, bound, with extended acknowledgements. @throws SystemError */
export function openRouteSocket(native: Native, groups: number): number {
  const fd = native.socket(N.AF_NETLINK, N.SOCK_RAW, NETLINK_ROUTE);
  try {
    const address = netlinkAddress();
    new Uint32Array(address.buffer)[2] = groups;
    native.bind(fd, address);
    native.setOption(fd, N.SOL_NETLINK, N.NETLINK_CAP_ACK, 1);
    native.setOption(fd, N.SOL_NETLINK, N.NETLINK_EXT_ACK, 1);
    return fd;
  } catch (error) {
    native.close(fd);
    throw error;
  }
}

/** Requests to the kernel's routing part, one exchange after another, off the event loop. Opens at the first use. */
export class RouteNetlink {
  readonly #native: Native;
  /** Its own thread, where it has one; else the pool's are used. */
  #worker: NativeWorker | null = null;
  readonly #prompt: boolean;
  #fd: number | null = null;
  #sequence = 0;
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;

  /** @param prompt with a thread of its own, which does not wait for others and can be told to stand by */
  constructor(native: Native, prompt = false) {
    this.#native = native;
    this.#prompt = prompt;
  }

  /** Soon there will be an exchange that is to begin at once: its thread stays awake until then (µs). */
  standBy(untilMicros: number): void {
    if (this.#prompt) this.#thread().alert(untilMicros);
  }

  /** Whether nothing is under way. */
  get idle(): boolean {
    return this.#running === 0;
  }

  /**
   * Sends `count` requests, each of which ends with a verdict (NLM_F_ACK or NLM_F_DUMP).
   * @param encode writes them, given the sequence number of the first.
   * @throws SystemError (rejects): ETIMEDOUT, or ENOBUFS when an answer was lost.
   */
  exchange(
    count: number,
    encode: (first: number) => Uint8Array,
  ): Promise<Omit<Answers, 'lost'> & { readonly first: number }> {
    // Where none is before it, it is on its thread when this returns: the caller's further work runs beside it.
    const turn =
      this.#running === 0 ? this.#exchange(count, encode) : this.#last.then(() => this.#exchange(count, encode));
    this.#running += 1;
    const over = (): void => {
      this.#running -= 1;
    };
    this.#last = turn.then(over, over);
    return turn;
  }

  /** Ends it when what runs has ended; a later exchange opens a socket again. */
  async close(): Promise<void> {
    await this.#last;
    this.#forget();
    this.#worker?.close();
    this.#worker = null;
  }

  #thread(): NativeWorker {
    this.#worker ??= this.#native.worker();
    return this.#worker;
  }

  async #exchange(count: number, encode: (first: number) => Uint8Array) {
    this.#fd ??= openRouteSocket(this.#native, 0);
    if (this.#sequence + count > 0x7fff_ffff) this.#sequence = 0;
    const first = this.#sequence + 1;
    this.#sequence += count;
    try {
      const bytes = await (this.#prompt ? this.#thread() : this.#native).transact(
        this.#fd,
        encode(first),
        count,
        TIMEOUT_MS,
      );
      const { verdicts, rows, interrupted } = sort(bytes);
      return { verdicts, rows, interrupted, first };
    } catch (error) {
      // Answers may come later: nobody is to take them for his own.
      this.#forget();
      throw error;
    }
  }

  #forget(): void {
    if (this.#fd !== null) this.#native.close(this.#fd);
    this.#fd = null;
  }
}

function sort(bytes: Uint8Array): Answers {
  const answers = new Collector();
  answers.add(bytes);
  if (answers.lost) throw new Error('the answer of the kernel ends in the middle of a netlink message');
  return answers;
}

import type { Prompt } from '../ports/addresses.js';
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
  readonly #ownThread: boolean;
  #fd: number | null = null;
  #sequence = 0;
  #last: Promise<unknown> = Promise.resolve();
  #running = 0;

  /** @param ownThread with a thread of its own, which does not wait for others and can be told to stand by */
  constructor(native: Native, ownThread = false) {
    this.#native = native;
    this.#ownThread = ownThread;
  }

  /** Soon there will be an exchange that is to begin at once: its thread stays awake until then (µs). */
  standBy(untilMicros: number): void {
    if (this.#ownThread) this.#thread().alert(untilMicros);
  }

  /** Whether nothing is under way. */
  get idle(): boolean {
    return this.#running === 0;
  }

  /**
   * Sends `count` requests, each of which ends with a verdict (NLM_F_ACK or NLM_F_DUMP).
   * @param encode writes them, given the sequence number of the first.
   * @param prompt where it has a thread of its own.
   * @throws SystemError (rejects): ETIMEDOUT, or ENOBUFS when an answer was lost.
   */
  exchange(
    count: number,
    encode: (first: number) => Uint8Array,
    prompt: Prompt | null = null,
  ): Promise<Omit<Answers, 'lost'> & { readonly first: number }> {
    // Where none is before it, it is on its thread when this returns: the caller's further work runs beside it.
    const turn =
      this.#running === 0
        ? this.#exchange(count, encode, prompt)
        : this.#last.then(() => this.#exchange(count, encode, prompt));
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

  async #exchange(count: number, encode: (first: number) => Uint8Array, prompt: Prompt | null) {
    this.#fd ??= openRouteSocket(this.#native, 0);
    if (this.#sequence + count > 0x7fff_ffff) this.#sequence = 0;
    const first = this.#sequence + 1;
    this.#sequence += count;
    try {
      const bytes = await this.#ask(this.#fd, encode(first), count, prompt);
      const { verdicts, rows, interrupted } = sort(bytes);
      return { verdicts, rows, interrupted, first };
    } catch (error) {
      // Answers may come later: nobody is to take them for his own.
      this.#forget();
      throw error;
    }
  }

  async #ask(fd: number, request: Uint8Array, count: number, prompt: Prompt | null): Promise<Uint8Array> {
    if (!this.#ownThread) return this.#native.transact(fd, request, count, TIMEOUT_MS);
    const announcements = prompt?.announcements ?? null;
    const thread = this.#thread();
    const { answer, sent } = await thread.transact(fd, request, count, TIMEOUT_MS, announcements, prompt?.until);
    if (prompt !== null && sent === prompt.announcements.length) prompt.done();
    return answer;
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

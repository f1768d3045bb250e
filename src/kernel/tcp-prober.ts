import type { Endpoint } from '../values/endpoint.js';
import { type Ip, isIpv6 } from '../values/ip.js';
import { ipv4ToBytes } from '../values/ipv4.js';
import { ipv6ToBytes } from '../values/ipv6.js';
import type { Duration, Instant } from '../values/time.js';
import { LITTLE_ENDIAN } from '../wire/netlink.js';
import { errnoName } from './generic-netlink.js';
import type { Native, NativeProber, SystemError } from './native.js';
import { AF_INET, AF_INET6 } from './socket-numbers.js';

/** What became of a try: it was accepted, its time was up, or a call failed. */
export type TryEnd = 'accepted' | 'late' | { readonly code: string; readonly syscall: string };

type Told = (end: TryEnd, micros: number) => void;

/** How a try leaves this machine. */
type Way = { readonly bind: Ip | null; readonly mark: number | null } | null;

/** Tries that are repeated until one is not accepted. */
export interface TcpWatch {
  /** How long the latest one took that was accepted, in µs; 0 before the first, and once it is over. */
  micros(): number;
  /** Ends them; a second call does nothing. */
  end(): void;
}

/** Results that are handed over in one call. */
const AT_ONCE = 256;
const WORDS = 4;
const LATE = -1;
const CALLS = ['connect', 'socket', 'setsockopt', 'bind'] as const;

/**
 * Opens TCP connections and resets them, at little cost: no object of node's for any of them, and what came of them is
 * told for many together. Its descriptors are opened at the first try.
 */
export class TcpProber {
  readonly #native: Native;
  #prober: NativeProber | null = null;
  #grid: Duration = 0 as Duration;
  readonly #results = new Int32Array(AT_ONCE * WORDS);
  #told: (Told | null)[] = [];
  // Written anew for each try: the addon copies them.
  readonly #to = { v4: new Uint8Array(16), v6: new Uint8Array(28) };
  readonly #from = { v4: new Uint8Array(16), v6: new Uint8Array(28) };

  constructor(native: Native) {
    this.#native = native;
  }

  /**
   * One try, from the local address `bind` and with the mark `mark` where these are given.
   * @param told called once, never from within this call.
   * @returns ends the try; a second call does nothing.
   */
  try(target: Endpoint, way: Way, timeout: Duration, told: Told): () => void {
    try {
      const watch = this.#start(target, way, timeout, 0, 0, told);
      return () => watch.end();
    } catch (error) {
      // No descriptor, no memory: as if the try itself had met it.
      const { code = 'ENOMEM', syscall = 'socket' } = error as SystemError;
      const later = setImmediate(() => told({ code, syscall }, 0));
      return () => clearImmediate(later);
    }
  }

  /**
   * Tries at `first` and each `interval` from there on, as long as it is accepted; that costs no call from here.
   * @param told called once, with the first result that is another one.
   * @returns null where there is no descriptor or no memory for it.
   */
  watch(
    target: Endpoint,
    way: Way,
    timeout: Duration,
    interval: Duration,
    first: Instant,
    told: Told,
  ): TcpWatch | null {
    try {
      return this.#start(target, way, timeout, interval, first, told);
    } catch {
      return null;
    }
  }

  #start(target: Endpoint, way: Way, timeout: number, interval: number, first: number, told: Told): TcpWatch {
    this.#prober ??= this.#open();
    const prober = this.#prober;
    const bind = way === null || way.bind === null ? null : sockaddr(this.#from, way.bind, 0);
    const to = sockaddr(this.#to, target.address, target.port);
    const slot = prober.start(to, bind, way?.mark ?? 0, timeout, interval, first);
    this.#told[slot] = told;
    return new Started(prober, this.#told, slot, told);
  }

  /** From now on results are told at multiples of so much only, for many together; 0: at once. */
  grid(grid: Duration): void {
    this.#grid = grid;
    this.#prober?.grid(grid);
  }

  /** Ends all tries; nothing is told any more. */
  close(): void {
    this.#prober?.close();
    this.#prober = null;
    this.#told.fill(null);
    this.#told = [];
  }

  #open(): NativeProber {
    const prober = this.#native.prober(new Uint8Array(this.#results.buffer), (count) => this.#over(count));
    prober.grid(this.#grid);
    return prober;
  }

  #over(count: number): void {
    // The slots of a batch are given away again only after this call: who is told may try others, and cancel some.
    for (let i = 0; i < count; i++) {
      const slot = this.#results[i * WORDS] as number;
      const told = this.#told[slot];
      if (told != null) this.#tell(told, slot, i);
    }
  }

  #tell(told: Told, slot: number, i: number): void {
    const at = i * WORDS;
    this.#told[slot] = null;
    const error = this.#results[at + 1] as number;
    const micros = (this.#results[at + 2] as number) >>> 0;
    if (error === 0) told('accepted', micros);
    else if (error === LATE) told('late', micros);
    else told({ code: errnoName(error), syscall: CALLS[this.#results[at + 3] as number] ?? 'connect' }, micros);
  }
}

/** One of them, as long as its slot is its own: `all` says whose it is. */
class Started implements TcpWatch {
  constructor(
    readonly prober: NativeProber,
    readonly all: (Told | null)[],
    readonly slot: number,
    readonly told: Told,
  ) {}

  micros(): number {
    return this.all[this.slot] === this.told ? this.prober.took(this.slot) : 0;
  }

  end(): void {
    if (this.all[this.slot] !== this.told) return;
    this.all[this.slot] = null;
    this.prober.cancel(this.slot);
  }
}

/** struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)), written into one of these. */
function sockaddr(into: { readonly v4: Uint8Array; readonly v6: Uint8Array }, address: Ip, port: number): Uint8Array {
  const six = isIpv6(address);
  const bytes = six ? into.v6 : into.v4;
  // The family is in the host's order, in its first or its second byte; both are below 256.
  bytes[LITTLE_ENDIAN ? 0 : 1] = six ? AF_INET6 : AF_INET;
  bytes[2] = port >>> 8;
  bytes[3] = port & 0xff;
  if (six) ipv6ToBytes(address, bytes, 8);
  else ipv4ToBytes(address, bytes, 4);
  return bytes;
}

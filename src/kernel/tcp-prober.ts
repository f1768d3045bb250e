import type { Endpoint } from '../values/endpoint.js';
import { type Ip, isIpv6 } from '../values/ip.js';
import { ipv4ToBytes } from '../values/ipv4.js';
import { ipv6ToBytes } from '../values/ipv6.js';
import type { Duration } from '../values/time.js';
import { LITTLE_ENDIAN } from '../wire/netlink.js';
import { errnoName } from './generic-netlink.js';
import type { Native, NativeProber, SystemError } from './native.js';
import { AF_INET, AF_INET6 } from './socket-numbers.js';

/** What became of a try: it was accepted, its time was up, or a call failed. */
export type TryEnd = 'accepted' | 'late' | { readonly code: string; readonly syscall: string };

type Told = (end: TryEnd, micros: number) => void;

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
  readonly #told: (Told | null)[] = [];
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
  try(
    target: Endpoint,
    way: { readonly bind: Ip | null; readonly mark: number | null } | null,
    timeout: Duration,
    told: Told,
  ): () => void {
    try {
      this.#prober ??= this.#open();
      const prober = this.#prober;
      const bind = way === null || way.bind === null ? null : sockaddr(this.#from, way.bind, 0);
      const slot = prober.start(sockaddr(this.#to, target.address, target.port), bind, way?.mark ?? 0, timeout);
      this.#told[slot] = told;
      return () => this.#cancel(prober, slot, told);
    } catch (error) {
      // No descriptor, no memory: as if the try itself had met it.
      const { code = 'ENOMEM', syscall = 'socket' } = error as SystemError;
      const later = setImmediate(() => told({ code, syscall }, 0));
      return () => clearImmediate(later);
    }
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
    this.#told.length = 0;
  }

  #open(): NativeProber {
    const prober = this.#native.prober(new Uint8Array(this.#results.buffer), (count) => this.#over(count));
    prober.grid(this.#grid);
    return prober;
  }

  #cancel(prober: NativeProber, slot: number, told: Told): void {
    if (this.#told[slot] !== told || this.#prober !== prober) return;
    this.#told[slot] = null;
    prober.cancel(slot);
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

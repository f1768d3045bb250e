import type { ScriptEnd } from '../core/script/verdict.js';
import type { Endpoint } from '../values/endpoint.js';
import type { Family, Ip } from '../values/ip.js';
import type { Duration, Instant } from '../values/time.js';
import type { Cancel, Watch } from './result.js';

/** How an attempt leaves this machine, where that is not left to the kernel. */
export interface Way {
  /** The local address; null: the kernel's choice. */
  readonly bind: Ip | null;
  /** SO_MARK, for policy routing and firewalls; null: none. */
  readonly mark: number | null;
}

/** What every kind's record has: where to, how, and how long at most. Prepared once. */
export interface Base {
  /** Port 0 where the kind has none. */
  readonly target: Endpoint;
  /** One bound over everything that the attempt does. */
  readonly timeout: Duration;
  /** null: as the kernel chooses, which is what most checks do. */
  readonly way: Way | null;
}

/**
 * Connects a TCP socket that carries a mark.
 * @param done told once, later: the connected descriptor, which is the caller's then, or the kernel's name for the error.
 * @throws a system error (with `code`) where it cannot even begin.
 */
export type MarkedConnect = (
  target: Endpoint,
  way: Way,
  done: (end: { readonly fd: number } | { readonly code: string }) => void,
) => Cancel;

/**
 * Opens a TCP connection and resets it: many of them at little cost.
 * @param done told once, later: `accepted`, `late` when time was up, or the kernel's name for the error and the call that
 * failed; and how long it took, in µs.
 */
export type TryTcp = (
  target: Endpoint,
  way: Way | null,
  timeout: Duration,
  done: (end: 'accepted' | 'late' | { readonly code: string; readonly syscall: string }, micros: number) => void,
) => Cancel;

/**
 * The same each `interval` from `first` on, as long as it is accepted, without a word.
 * @param done told once, later: the first result that is another one.
 * @returns null where this machine cannot do it just now.
 */
export type WatchTcp = (
  target: Endpoint,
  way: Way | null,
  timeout: Duration,
  interval: Duration,
  first: Instant,
  done: Parameters<TryTcp>[3],
) => Watch | null;

/**
 * A UDP socket that goes that way and is told of every error of ICMP.
 * @returns its descriptor, the caller's. @throws a system error.
 */
export type OpenDatagram = (family: Family, way: Way | null) => number;

/**
 * Sends an echo request of so many bytes behind its header, over a socket that all targets share.
 * @param answered told once, later: null for the reply, else what came instead of it.
 * @throws a system error where it cannot be sent.
 */
export type Ping = (target: Ip, way: Way | null, size: number, answered: (why: string | null) => void) => Cancel;

/** Starts a program. @param ended told once, never from within this call. */
export type RunScript = (
  script: {
    readonly command: readonly [string, ...string[]];
    readonly user: string | null;
    readonly environment: Readonly<Record<string, string>>;
  },
  ended: (end: ScriptEnd) => void,
) => ScriptRun;

/** A program that was started. */
export interface ScriptRun {
  readonly pid: number | null;
  /** What it has written so far; bounded. */
  output(): string;
  /** SIGTERM, SIGKILL to its process group. */
  terminate(): void;
  kill(): void;
}

/** What the attempts need of this machine and node does not give. */
export interface ProbeHost {
  readonly connectMarked: MarkedConnect;
  readonly tryTcp?: TryTcp;
  readonly watchTcp?: WatchTcp;
  /** Without it, node's own sockets must do: no marks, and unreachable hosts are silent. */
  readonly datagram?: OpenDatagram;
  readonly ping?: Ping;
  readonly runScript?: RunScript;
}

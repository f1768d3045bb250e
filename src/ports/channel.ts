import type { Transition } from '../core/notify/transition.js';
import type { DirectorEvent, InstanceStatus, YieldedInstance } from '../core/status.js';
import type { TrackVerdict } from '../core/track/verdict.js';
import type { Duration } from '../values/time.js';

/** What the router tells the director over the supervisor channel. */
export type ToDirector =
  /**
   * The first message: the configuration that the router runs, and its file's name, packed. A file edited since cannot
   * part the two, and the director need not read it again. Whoever wires the two ends packs and unpacks it.
   */
  | { readonly kind: 'config'; readonly blob: Uint8Array }
  /** SIGHUP came: read the file again and apply what it says now, as `directorctl reload` does. */
  | { readonly kind: 'reload' }
  /** The answer to a `reload`: all of it runs now, or nothing was changed, and why. */
  | { readonly kind: 'reloaded'; readonly id: number; readonly ok: true }
  | { readonly kind: 'reloaded'; readonly id: number; readonly ok: false; readonly reason: string }
  | { readonly kind: 'ping'; readonly sequence: number }
  /** All instances as they stand; sent at start and after every change, coalesced. */
  | { readonly kind: 'instances'; readonly instances: readonly InstanceStatus[] }
  /** Something that belongs into `directorctl events`; the director gives it its number. */
  | { readonly kind: 'event'; readonly event: Omit<DirectorEvent, 'sequence'> }
  /**
   * A change of state to be told, once for each lane that wants it; sent again to a new director until it is `told`.
   * `left`: a director before this one had started its command, as this process, and was ended meanwhile.
   */
  | {
      readonly kind: 'transition';
      readonly lane: string;
      readonly transition: Transition;
      readonly left: LeftProcess | null;
    }
  /** To a new director: what people were told of last by the ones before, so that a dead router's stop can be told. */
  | { readonly kind: 'standing'; readonly told: readonly Told[] }
  /** The answer to a `yield`. */
  | { readonly kind: 'yielded'; readonly id: number; readonly answer: YieldAnswer }
  /** The service is stopping: end what runs, leave or clear the table, exit. */
  | { readonly kind: 'stop' };

/** What the director tells the router. */
export type ToRouter =
  | { readonly kind: 'pong'; readonly sequence: number }
  /** Config loaded, control socket bound, first reconcile tried. */
  | { readonly kind: 'ready' }
  /** The verdict of a track (by its id: `process/haproxy`) changed, or is the first one. */
  | ({ readonly kind: 'track'; readonly track: string } & TrackVerdict)
  /** The command of a transition runs, as this process. */
  | { readonly kind: 'telling'; readonly lane: string; readonly sequence: number; readonly process: LeftProcess }
  /** A transition's commands have ended, however they did, or its line is in the FIFO. */
  | { readonly kind: 'told'; readonly lane: string; readonly sequence: number }
  /** It has the FIFO of notifications open, which it may have made: the router keeps what nobody has read of it. */
  | { readonly kind: 'fifo'; readonly path: string; readonly made: boolean }
  /** An administrator gives mastership of an instance away (`since` when, ISO 8601) or (null) takes that back. Answered when done. */
  | { readonly kind: 'yield'; readonly id: number; readonly instance: string; readonly since: string | null }
  /**
   * Another configuration, which is right as a whole: the router's part of it, and all of it, packed, for a director that
   * starts later. Answered by `reloaded` when it runs; everything that the old one has still to tell goes before.
   */
  | { readonly kind: 'reload'; readonly id: number; readonly part: PackedPart; readonly blob: Uint8Array }
  /** Asks for a fresh `instances`. */
  | { readonly kind: 'query' }
  /** It was told to stop, and needs so long: connections are to end first (`on_stop: drain`). */
  | { readonly kind: 'stopping'; readonly within: Duration }
  /** It cannot go on (a socket path that is taken …); the router logs and tries again later. */
  | { readonly kind: 'failed'; readonly reason: string };

/**
 * The router's part of a configuration on its way: plain data as JSON, each instance by itself, so that the router only
 * compares what did not change, and never reads it.
 */
export interface PackedPart {
  /** In the file's order; `key`: interface, family and VRID. */
  readonly instances: readonly PackedInstance[];
  /** All but the instances. */
  readonly rest: string;
}

export interface PackedInstance {
  readonly key: string;
  readonly text: string;
}

/** What a lane told of last, of one subject. */
export interface Told {
  readonly lane: string;
  readonly transition: Transition;
}

/** A process, told apart from a later one of its number by its start time in clock ticks (field 22 of proc(5) stat). */
export interface LeftProcess {
  readonly pid: number;
  readonly born: string;
}

/** How a `yield` went: what each instance that went along did, or why nothing was changed. */
export type YieldAnswer =
  | { readonly ok: true; readonly instances: readonly YieldedInstance[] }
  | { readonly ok: false; readonly code: string; readonly message: string };

/** One end of the supervisor channel; the other end may be gone at any time. */
export interface Channel<Out, In> {
  /** @returns false when the message was not taken (the other end is gone or does not read). */
  send(message: Out): boolean;
  onMessage(receive: (message: In) => void): void;
  onClose(closed: () => void): void;
}

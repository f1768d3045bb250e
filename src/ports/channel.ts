import type { DirectorEvent, InstanceStatus } from '../core/status.js';

/** What the router tells the director over the supervisor channel. */
export type ToDirector =
  /**
   * The first message: the configuration that the router runs, as it has read it. A file edited since cannot part the
   * two, and the director need not read it again. Both ends are one program: whoever wires them knows its type.
   */
  | { readonly kind: 'config'; readonly config: unknown }
  | { readonly kind: 'ping'; readonly sequence: number }
  /** All instances as they stand; sent at start and after every change, coalesced. */
  | { readonly kind: 'instances'; readonly instances: readonly InstanceStatus[] }
  /** Something that belongs into `directorctl events`; the director gives it its number. */
  | { readonly kind: 'event'; readonly event: Omit<DirectorEvent, 'sequence'> }
  /** The service is stopping: end what runs, leave or clear the table, exit. */
  | { readonly kind: 'stop' };

/** What the director tells the router. */
export type ToRouter =
  | { readonly kind: 'pong'; readonly sequence: number }
  /** Config loaded, control socket bound, first reconcile tried. */
  | { readonly kind: 'ready' }
  /** A track script's verdict changed (or its first one). */
  | { readonly kind: 'track'; readonly script: string; readonly up: boolean; readonly reason: string | null }
  /** Asks for a fresh `instances`. */
  | { readonly kind: 'query' }
  /** It cannot go on (a socket path that is taken …); the router logs and tries again later. */
  | { readonly kind: 'failed'; readonly reason: string };

/** One end of the supervisor channel; the other end may be gone at any time. */
export interface Channel<Out, In> {
  /** @returns false when the message was not taken (the other end is gone or does not read). */
  send(message: Out): boolean;
  onMessage(receive: (message: In) => void): void;
  onClose(closed: () => void): void;
}

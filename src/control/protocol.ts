import type { DirectorEvent, StatusReport } from '../core/status.js';
import type { ReloadProblem, ReloadReport, ServerSelector, TouchedServer, YieldReport } from './service.js';

/**
 * The control protocol: one JSON object a line, UTF-8, over a unix stream socket. The server speaks first, a
 * {@link Hello}. Then each {@link Request} gets any number of items and exactly one closing answer with its `id`.
 * A line that is no request gets one answer with `id: null`, and the connection is closed.
 */
export const PROTOCOL = 1;

/** Longest path of a unix socket, in bytes: sun_path of <linux/un.h> is 108 with its final zero. */
export const MAX_SOCKET_PATH = 107;

/** The server's first line. */
export interface Hello {
  readonly hello: 'directord';
  readonly protocol: number;
  /** The daemon's version. */
  readonly version: string;
}

/** What goes wrong, in one sentence for people and one word for programs. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

export interface Request {
  /** Chosen by the client, unique among its requests in flight. */
  readonly id: number;
  readonly verb: string;
  readonly args: object;
}

export type Answer =
  | { readonly id: number; readonly item: unknown }
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number | null; readonly ok: false; readonly error: Problem };

/** The rows that a verb touched, as the kernel has them now. */
export interface ServerRows {
  readonly servers: readonly TouchedServer[];
  /** What happened besides: that time was up. */
  readonly note?: string;
}

export interface WeightArgs extends ServerSelector {
  /** 0 to 65535; null: as configured. */
  readonly weight: number | null;
}

export interface DrainArgs extends ServerSelector {
  /** Follow the rows until nothing is left that holds them. */
  readonly wait?: boolean;
  /** How long to follow them; 300,000 when left out. */
  readonly timeoutMs?: number;
  /** With `wait`: disable the server when nothing is left. */
  readonly disable?: boolean;
  /** With `disable`: when time is up, too. */
  readonly force?: boolean;
}

export interface InstanceArgs {
  /** An instance's name. */
  readonly instance: string;
}

/** What the answer to a `failover` may take: Master_Down_Interval at the longest interval of version 2, and a margin. */
export const FAILOVER_MS = 1_100_000;

export interface ReloadArgs {
  /** Says what would change, and changes nothing. */
  readonly dryRun: boolean;
}

export interface EventsArgs {
  /** How many past events come first, 0 to 1000. */
  readonly recent: number;
  /** Go on with what happens from now. */
  readonly follow: boolean;
}

/** Seven days: a longer wait is a forgotten one. */
export const MAX_WAIT_MS = 7 * 24 * 3_600_000;

/** How many past events can be asked for. */
export const MAX_RECENT = 1000;

/** The largest weight that a verb takes, as ipvsadm(8) has it. */
export const MAX_WEIGHT = 65_535;

export type Nothing = Record<string, never>;

/** What each verb takes, streams, and finally answers. */
export interface Verbs {
  ping: { args: Nothing; item: never; value: Nothing };
  version: { args: Nothing; item: never; value: { readonly version: string; readonly protocol: number } };
  status: { args: Nothing; item: never; value: StatusReport };
  servers: { args: ServerSelector; item: never; value: ServerRows };
  drain: { args: DrainArgs; item: ServerRows; value: ServerRows };
  undrain: { args: ServerSelector; item: never; value: ServerRows };
  weight: { args: WeightArgs; item: never; value: ServerRows };
  disable: { args: ServerSelector; item: never; value: ServerRows };
  enable: { args: ServerSelector; item: never; value: ServerRows };
  failover: { args: InstanceArgs; item: never; value: YieldReport };
  resume: { args: InstanceArgs; item: never; value: YieldReport };
  reload: { args: ReloadArgs; item: ReloadProblem; value: ReloadReport };
  events: { args: EventsArgs; item: DirectorEvent; value: Nothing };
}

export type Verb = keyof Verbs;

/** One line of the protocol. */
export const encodeLine = (message: object): string => `${JSON.stringify(message)}\n`;

import type { DirectorEvent, StatusReport, YieldedInstance } from '../core/status.js';

/** Which servers a verb is about: `172.28.128.110`, `172.28.128.110:80` or a server's name. */
export interface ServerSelector {
  readonly address: string;
  /** Narrows to one service by its name. */
  readonly service?: string;
}

/** One row of the kernel's table that a verb touched, as it stands now. */
export interface TouchedServer {
  readonly service: string;
  readonly address: string;
  readonly admin: 'ready' | 'drain' | 'disabled';
  readonly weight: number;
  readonly effectiveWeight: number | null;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  /** Persistence templates that still point at it. */
  readonly persistentConnections: number;
}

/** What `failover` or `resume` did: the instance, and those of its sync group. None: it is not in the configuration. */
export interface YieldReport {
  readonly instances: readonly YieldedInstance[];
}

/** Why a verb was refused: printed on one line, exit code 1. */
export interface Refused {
  readonly ok: false;
  /** `unknown-server`, `unknown-service`, `unknown-instance`, `nobody`, `ambiguous`, `table`, `state`, `usage`, `busy`. */
  readonly code: string;
  /** One sentence that names what, where and what would be right. */
  readonly message: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;

/** What the director offers to its socket. Everything that the control room needs from the other side. */
export interface ControlService {
  status(): Promise<StatusReport>;
  /** Marks the selected servers drained (stored first, then applied) and answers with the rows as the kernel has them. */
  drain(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>>;
  undrain(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>>;
  /** The selected rows as the kernel has them now, for `drain --wait`. */
  servers(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>>;
  /** Gives mastership of an instance, and of its sync group, to another router, and stays BACKUP until `resume`. */
  failover(instance: string): Promise<Outcome<YieldReport>>;
  resume(instance: string): Promise<Outcome<YieldReport>>;
  /** Calls back for each event from now on. @returns what ends it. */
  subscribe(listener: (event: DirectorEvent) => void): () => void;
  /** The latest events, oldest first, at most `count`. */
  recent(count: number): readonly DirectorEvent[];
}

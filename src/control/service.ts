import type { PlanLine } from '../core/reload/line.js';
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
  /** An administrator's weight instead of the configured one; null for none. */
  readonly weightOverride: number | null;
  /** What a drain waits for: see `leftOf` in src/core/ipvs/left.ts. */
  readonly left: number;
  /** What else holds that whoever asked may not expect: `still drained`. */
  readonly note?: string;
}

/** Who asks, for log and events: `uid 0, pid 4242`; null where the system would not say. */
export type By = string | null;

/** What `failover` or `resume` did: the instance, and those of its sync group. None: it is not in the configuration. */
export interface YieldReport {
  readonly instances: readonly YieldedInstance[];
}

/** One thing that is wrong with the file, and where. */
export interface ReloadProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
  /** All of it on one line. */
  readonly text: string;
}

/** What a reload did, or with `dryRun` would do. */
export interface ReloadReport {
  /** False of a dry run, and where there is nothing to change. */
  readonly applied: boolean;
  /** `1 server removed`. */
  readonly summary: string;
  /** Each with the line that people read. */
  readonly changes: readonly (PlanLine & { readonly text: string })[];
  /** What the file's check says besides. */
  readonly warnings: readonly string[];
  /** What is wrong with the kernel's table afterwards; it is tried again by itself. */
  readonly problems: readonly string[];
}

/** Why a verb was refused: printed on one line, exit code 1. */
export interface Refused {
  readonly ok: false;
  /** `unknown-server`, `unknown-service`, `unknown-instance`, `nobody`, `not-drained`, `not-disabled`, `ambiguous`, `table`, `state`, `usage`, `busy`. */
  readonly code: string;
  /** One sentence that names what, where and what would be right. */
  readonly message: string;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | Refused;

/** What the director offers to its socket. Everything that the control room needs from the other side. */
export interface ControlService {
  status(): Promise<StatusReport>;
  /** Marks the selected servers drained (stored first, then applied) and answers with the rows as the kernel has them. */
  drain(selector: ServerSelector, by?: By): Promise<Outcome<readonly TouchedServer[]>>;
  /** Takes a drain back, and nothing else. */
  undrain(selector: ServerSelector, by?: By): Promise<Outcome<readonly TouchedServer[]>>;
  /** Another weight than the configured one; null takes that back. */
  weight(selector: ServerSelector, weight: number | null, by?: By): Promise<Outcome<readonly TouchedServer[]>>;
  /** Takes the rows out of the table at once. @param insteadOfDrain what is drained is disabled instead. */
  disable(selector: ServerSelector, by?: By, insteadOfDrain?: boolean): Promise<Outcome<readonly TouchedServer[]>>;
  /** Takes a disable back, and nothing else. */
  enable(selector: ServerSelector, by?: By): Promise<Outcome<readonly TouchedServer[]>>;
  /** The selected rows as the kernel has them now, for `drain --wait`. */
  servers(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>>;
  /** Gives mastership of an instance, and of its sync group, to another router, and stays BACKUP until `resume`. */
  failover(instance: string): Promise<Outcome<YieldReport>>;
  resume(instance: string): Promise<Outcome<YieldReport>>;
  /**
   * Reads the file again and applies its difference, or says what that would be.
   * @param problem gets each thing that is wrong with the file, before the refusal.
   */
  reload(dryRun: boolean, problem: (each: ReloadProblem) => void): Promise<Outcome<ReloadReport>>;
  /** Calls back for each event from now on. @returns what ends it. */
  subscribe(listener: (event: DirectorEvent) => void): () => void;
  /** The latest events, oldest first, at most `count`. */
  recent(count: number): readonly DirectorEvent[];
}

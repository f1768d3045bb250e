import type { Duration } from '../../values/time.js';
import type { ServerKey, ServerSettings, ServiceKey, ServiceSettings } from './table.js';

/** One real server as configured. */
export interface ServerSpec {
  /** What it is known by: the rowId of its service's first key. */
  readonly row: string;
  /** Port 0 is the port of its service. */
  readonly key: ServerKey;
  /** The weight is the configured one. */
  readonly settings: ServerSettings;
  /** Instead of its service's; left out where it is the same. */
  readonly onFailure?: ServicePolicy['onFailure'];
}

/** A server that answers while the others cannot. */
export type SorrySpec = Pick<ServerSpec, 'key' | 'settings'>;

/** When a service counts as available, and what becomes of servers that fail, start and return. */
export interface ServicePolicy {
  /** So much weight must be up (keepalived's `quorum`); 1 or more. */
  readonly quorum: number;
  /** So much more is needed to gain it, and so much less to lose it; less than `quorum`. */
  readonly hysteresis: number;
  /** A server that is down leaves the table, or keeps its row with weight 0 (`inhibit_on_failure`). */
  readonly onFailure: 'remove' | 'zero';
  /** Before the first verdict: as the table was found, out of it (`alpha`), or in it. */
  readonly start: 'as-found' | 'pessimistic' | 'optimistic';
  /** How long the weight of a server that returns takes to rise; 0 is at once. */
  readonly slowStart: Duration;
  readonly sorry: SorrySpec | null;
  /** The instance without whose mastership here it is not in the table; null: it always is. */
  readonly onlyWhileMaster: string | null;
}

/** One server up is enough, one that is down is removed, one without a verdict stays as it was found. */
export const PLAIN_POLICY: ServicePolicy = Object.freeze({
  quorum: 1,
  hysteresis: 0,
  onFailure: 'remove',
  start: 'as-found',
  slowStart: 0 as Duration,
  sorry: null,
  onlyWhileMaster: null,
});

/** One service as configured. */
export interface ServiceSpec {
  /** What it is in the kernel: one service, or several that share these servers. */
  readonly keys: readonly [ServiceKey, ...ServiceKey[]];
  readonly settings: ServiceSettings;
  /** Those of its IPv6 keys, where it has keys of both families. */
  readonly settings6?: ServiceSettings;
  readonly servers: readonly ServerSpec[];
  /** {@link PLAIN_POLICY} where it is left out. */
  readonly policy?: ServicePolicy;
}

export const policyOf = (spec: ServiceSpec): ServicePolicy => spec.policy ?? PLAIN_POLICY;

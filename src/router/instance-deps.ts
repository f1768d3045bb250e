import type { InstanceStatus } from '../core/status.js';
import type { TrackVerdict } from '../core/track/verdict.js';
import type { LinkCondition } from '../core/vrrp/conditions.js';
import type { State } from '../core/vrrp/machine.js';
import type { Alarms, Clock } from '../ports/clock.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';
import type { Instant } from '../values/time.js';
import type { Holdings } from './holdings.js';
import type { InstanceSettings } from './settings.js';

/** An instance, as others are told of it. */
export interface Who {
  readonly settings: InstanceSettings;
  readonly state: State['kind'];
}

/** What an instance needs from outside. */
export interface InstanceDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly holdings: Holdings;
  readonly log: Log;
  /** What the director said last of each track, by id, whether an instance has it or not. */
  readonly verdicts: ReadonlyMap<string, TrackVerdict>;
  /** The wall clock as ISO 8601, for people only. */
  readonly wall: () => string;
  /** Its state, reasons or counters that matter changed. */
  readonly changed: (instance: Who, event: InstanceEvent | null) => void;
}

/** What happened to an instance. */
export interface InstanceEvent {
  readonly what: string;
  readonly reason: string | null;
  /** Where its state changed: from what, and with which effective priority. */
  readonly entered?: {
    readonly from: InstanceStatus['state'];
    readonly to: InstanceStatus['state'];
    readonly priority: number;
  };
}

/** What the interfaces look like to one instance. */
export interface Surroundings {
  readonly link: LinkCondition;
  readonly trackedLinks: readonly LinkCondition[];
  readonly source: Ip | null;
  /** Why there is none, in words. */
  readonly noSource?: string | null;
  /** Its virtual addresses that stand on their interfaces, in `formatCidr` form. */
  readonly standing: ReadonlySet<string>;
  /** When this was asked of the kernel. */
  readonly readAt: Instant;
}

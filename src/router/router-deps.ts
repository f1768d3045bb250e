import type { Change } from '../core/notify/transition.js';
import type { DirectorEvent } from '../core/status.js';
import type { Addresses } from '../ports/addresses.js';
import type { Claims } from '../ports/claims.js';
import type { Alarms, Clock } from '../ports/clock.js';
import type { Lans } from '../ports/lan.js';
import type { PacketFilter } from '../ports/packet-filter.js';
import type { Ways } from '../ports/routes.js';
import type { VirtualMacs } from '../ports/virtual-mac.js';
import type { Log } from '../values/log.js';
import type { Duration } from '../values/time.js';
import type { GroupSettings } from './groups.js';
import type { SyncRoles } from './sync-roles.js';

/** What the router needs from outside. */
export interface RouterDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly lans: Lans;
  readonly addresses: Addresses;
  /** Needed where an instance has routes or rules. */
  readonly ways?: Ways | null;
  readonly claims: Claims;
  readonly log: Log;
  /** The wall clock as ISO 8601, for people only. */
  readonly wall: () => string;
  /** Needed where an instance has a virtual MAC. */
  readonly virtualMacs?: VirtualMacs | null;
  /** Needed where an instance does not accept. */
  readonly packetFilter?: PacketFilter | null;
  /** Where an instance leads the kernel's connection sync. */
  readonly sync?: SyncRoles | null;
  /** Something worth a line of `directorctl events`, or null when only the status changed. */
  readonly report: (event: Omit<DirectorEvent, 'sequence'> | null) => void;
  /** A state was entered, for those who want to be told of each. */
  readonly transition?: (change: Change) => void;
}

/** What the router does besides running its instances. */
export interface RouterOptions {
  readonly startupDelay?: Duration;
  readonly groups?: readonly GroupSettings[];
}

import type { Histogram } from './histogram.js';

/** What `directorctl status --json` prints: a fixed interface (design, section 2). Fields may be added, none renamed. */
export interface StatusReport {
  readonly version: string;
  readonly routerId: string;
  readonly uptimeSeconds: number;
  readonly instances: readonly InstanceStatus[];
  readonly services: readonly ServiceStatus[];
  /** What is wrong right now, one readable sentence each; empty on a good day. */
  readonly problems: readonly string[];
  /** From a verdict, a verb or a reload until its change of the table is handed to the kernel. */
  readonly tableDelays?: Histogram;
}

export type InstanceState = 'init' | 'backup' | 'master' | 'fault';

export interface InstanceStatus {
  readonly name: string;
  readonly state: InstanceState;
  /** ISO 8601, UTC. */
  readonly since: string;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly effectivePriority: number;
  readonly version: 2 | 3;
  /** Who was last heard as master, or ourselves; null when nobody. */
  readonly master: string | null;
  /** Those in its adverts. */
  readonly addresses: readonly string[];
  /** Those that it does not carry even as master, because the services that they are for are down. */
  readonly withdrawn?: readonly string[];
  /** How many more it carries as master that its adverts do not name, and how many routes and rules. */
  readonly excludedAddresses?: number;
  readonly routes?: number;
  readonly rules?: number;
  /** Its sync group; null without one. */
  readonly group?: string | null;
  /** Why it is in fault or below its priority: `script chk_web failed`, `interface eth1 has no carrier`. */
  readonly reasons: readonly string[];
  /** What is wrong between it and its neighbours right now; docs/conditions.md. */
  readonly conditions?: readonly ConditionStatus[];
  /** The kernel's connection-sync daemon, where it follows this instance. */
  readonly connectionSync?: ConnectionSyncStatus;
  /** `failover`: an administrator gave mastership away; it stays BACKUP until he resumes it. */
  readonly admin: 'ready' | 'failover';
  /** Since when, ISO 8601; null when `ready`. */
  readonly adminSince: string | null;
  /** Adverts sent and received, and dropped packets by reason. */
  readonly counters: InstanceCounters;
}

/** One instance after `directorctl failover` or `resume`. */
export interface YieldedInstance {
  readonly name: string;
  readonly state: InstanceState;
  /** Who is master now as far as we hear; null for nobody. */
  readonly master: string | null;
  /** It was master and let go: how long it took until another one was heard, in seconds; else null. */
  readonly seconds: number | null;
}

/** A named condition that lasts. */
export interface ConditionStatus {
  /** `two-masters`, `address-conflict`, `other-auth-data`, `other-checksum` … */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** The router, or the address, that it is about; null where nobody can be named. */
  readonly from: string | null;
  readonly text: string;
}

export interface ConnectionSyncStatus {
  /** What runs in the kernel; null: nothing, or not asked yet. */
  readonly role: 'master' | 'backup' | null;
  readonly interface: string;
  readonly id: number;
  /** Why it is not as it should be: what the kernel refused. */
  readonly reason: string | null;
}

export interface InstanceCounters {
  readonly sent: number;
  readonly received: number;
  readonly becameMaster: number;
  /** How late the latest advert left, and the latest of all, in milliseconds. */
  readonly latestLatenessMs: number;
  readonly worstLatenessMs: number;
  readonly dropped: Readonly<Record<string, number>>;
  /** Adverts that were taken although they differ from our settings, by what differs (version 3 only). */
  readonly differing: Readonly<Record<string, number>>;
}

export interface ServiceStatus {
  readonly name: string;
  readonly address: string;
  /** All of them, where several share the servers. */
  readonly addresses?: readonly string[];
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'fwmark';
  readonly scheduler: string;
  readonly state: 'up' | 'down';
  readonly since: string;
  readonly servers: readonly ServerStatus[];
  /** New connections per second, as the kernel estimates them; null when there is no row in the kernel. */
  readonly connectionRate: number | null;
  readonly inByteRate: number | null;
  readonly outByteRate: number | null;
  /** Since the kernel has it; null when there is no row. Direct routing never sees what goes out. */
  readonly totals?: { readonly connections: number; readonly inBytes: number; readonly outBytes: number } | null;
  /** The weight that is up, and what is needed. */
  readonly quorum?: { readonly needed: number; readonly hysteresis: number; readonly weight: number };
  /** Where there is one. */
  readonly sorryServer?: { readonly address: string; readonly inUse: boolean };
  /** Where it is in the table only while an instance is master. */
  readonly onlyWhileMaster?: { readonly instance: string; readonly inTable: boolean };
}

export type Health = 'unknown' | 'up' | 'down';
export type Admin = 'ready' | 'drain' | 'disabled';

export interface ServerStatus {
  /** The part of its weight that it has, 0.1 to 1, while it rises after its return. */
  readonly slowStart?: number;
  readonly name: string | null;
  readonly address: string;
  readonly forward: 'dr' | 'masq' | 'tunnel';
  /** As configured. */
  readonly weight: number;
  /** As it stands in the kernel's table; null when there is no row. */
  readonly effectiveWeight: number | null;
  readonly health: Health;
  readonly since: string;
  readonly admin: Admin;
  /** Since when `admin` is not `ready`, ISO 8601, and who asked; null when it is, or when that is not known. */
  readonly adminSince?: string | null;
  readonly adminBy?: string | null;
  /** An administrator's weight instead of the configured one; null for none. */
  readonly weightOverride?: WeightOverride | null;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  /** Persistence templates that point at it. */
  readonly persistentConnections?: number;
  readonly connectionRate: number | null;
  /** Scheduled to it since the kernel has its row; null without one. */
  readonly connections?: number | null;
  readonly lastCheck: LastCheck | null;
  /** Its agent, where it has one. */
  readonly agent?: AgentStatus;
  /** The weight that its agent or check advises; left out where none does. */
  readonly advisedWeight?: number;
}

/** What a server's agent said. */
export interface AgentStatus {
  readonly address: string;
  /** `up, 75%`: all that holds of what it said; null before its first answer. */
  readonly says: string | null;
  /** Since when that holds, ISO 8601. */
  readonly since: string | null;
  /** What it said without an effect, readable; null: nothing. */
  readonly ignored: string | null;
  /** How it answered the last time; a failure changes nothing. */
  readonly lastAnswer: LastCheck | null;
}

/** What `directorctl weight` set. */
export interface WeightOverride {
  readonly value: number;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** `uid 0, pid 4242`; null where that is not known. */
  readonly by: string | null;
}

export interface LastCheck {
  readonly ok: boolean;
  readonly milliseconds: number;
  /** Why it failed, readable: `connection refused`, `status 503, expected 200-299`. */
  readonly reason: string | null;
  /** Whole days until the certificate ends that the server has shown, negative once it has; left out without one. */
  readonly certificateDays?: number;
}

/** One line of `directorctl events`. */
export interface DirectorEvent {
  /** Counts up by one from the daemon's start. */
  readonly sequence: number;
  /** ISO 8601, UTC. */
  readonly time: string;
  /** `instance`, `group`, `server`, `service`, `script`, `track`, `table`, `admin`, `notify`, `daemon`. */
  readonly subject: string;
  /** Its name: `VI_1`, `web 172.28.128.110:80`. */
  readonly name: string;
  /** `master`, `down`, `drain`, `repaired`. */
  readonly what: string;
  readonly reason: string | null;
}

import type { ServerKey, ServiceKey } from '../../values/service-key.js';

export type { AddressKey, MarkKey, Protocol, ServerKey, ServiceKey } from '../../values/service-key.js';
export {
  familyOfService,
  parseRowId,
  parseServiceId,
  rowId,
  serverId,
  serverIn,
  serviceId,
} from '../../values/service-key.js';

/** What can be set on a service. */
export interface ServiceSettings {
  /** A scheduler's name as the kernel knows it: rr, wrr, wlc, sh … (15 characters at most). */
  readonly scheduler: string;
  /** sh and mh: another server instead of one that is overloaded or has weight 0 (IP_VS_SVC_F_SCHED1). */
  readonly hashFallback: boolean;
  /** sh and mh: the source port counts as well (IP_VS_SVC_F_SCHED2). */
  readonly hashPort: boolean;
  /** UDP: each packet is scheduled by itself. */
  readonly onePacket: boolean;
  /** Persistence timeout in seconds; 0 is none. */
  readonly persistence: number;
  /** Clients whose addresses have so many bits in common count as one; null compares whole addresses. */
  readonly granularity: number | null;
  /** The persistence engine (`sip`); null is none. */
  readonly engine: string | null;
}

/** A service with no more than its scheduler. */
export const PLAIN_SERVICE: Omit<ServiceSettings, 'scheduler'> = Object.freeze({
  hashFallback: false,
  hashPort: false,
  onePacket: false,
  persistence: 0,
  granularity: null,
  engine: null,
});

export type Forward = 'masq' | 'dr' | 'tunnel';

/** How a destination is forwarded to; `local` and `bypass` are only ever seen in a dump. */
export type KernelForward = Forward | 'local' | 'bypass';

/** How packets are wrapped on their way to a destination. */
export interface Tunnel {
  readonly type: 'ipip' | 'gue' | 'gre';
  /** The destination port of gue; 0 of the others. */
  readonly port: number;
  /** Of gue and gre: a checksum, or (gue only) one that the far end computes. */
  readonly checksum: 'none' | 'csum' | 'remcsum';
}

export const IPIP: Tunnel = Object.freeze({ type: 'ipip', port: 0, checksum: 'none' });

/** What can be set on a destination. */
export interface ServerSettings {
  readonly forward: Forward;
  /** 0 takes no new connection. */
  readonly weight: number;
  /** So many connections, and it takes no more … ; 0 is no limit. */
  readonly upper: number;
  /** … until there are fewer than so many; 0 is three quarters of the upper threshold. */
  readonly lower: number;
  /** null unless `forward` is `tunnel`. */
  readonly tunnel: Tunnel | null;
}

/** A destination with no more than its forwarding method and weight. */
export const plainServer = (forward: Forward, weight: number): ServerSettings => ({
  forward,
  weight,
  upper: 0,
  lower: 0,
  tunnel: forward === 'tunnel' ? IPIP : null,
});

/** One destination as it should be. */
export interface DesiredServer {
  readonly key: ServerKey;
  readonly settings: ServerSettings;
}

/** One service as it should be. */
export interface DesiredService {
  readonly key: ServiceKey;
  readonly settings: ServiceSettings;
  readonly servers: readonly DesiredServer[];
}

/** Counters of a service or a destination (IPVS_SVC_ATTR_STATS64). Rates are per second, as the kernel estimates them. */
export interface Stats {
  readonly connections: number;
  readonly inPackets: number;
  readonly outPackets: number;
  readonly inBytes: number;
  readonly outBytes: number;
  readonly connectionRate: number;
  readonly inPacketRate: number;
  readonly outPacketRate: number;
  readonly inByteRate: number;
  readonly outByteRate: number;
}

/** One destination as the kernel has it. */
export interface ActualServer extends Omit<ServerSettings, 'forward'> {
  readonly key: ServerKey;
  readonly forward: KernelForward;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats: Stats;
  /** It has settings that we never make: putting it right edits it. */
  readonly irregular?: true;
}

/** One service as the kernel has it. */
export interface ActualService {
  readonly key: ServiceKey;
  readonly settings: ServiceSettings;
  readonly stats: Stats;
  readonly servers: readonly ActualServer[];
  /** It has settings that we never make (a third scheduler flag, a netmask with holes): putting it right edits it. */
  readonly irregular?: true;
}

/** One change of the kernel's table. Applied in order. */
export type TableChange =
  | { readonly kind: 'addService'; readonly service: ServiceKey; readonly settings: ServiceSettings }
  | { readonly kind: 'editService'; readonly service: ServiceKey; readonly settings: ServiceSettings }
  | { readonly kind: 'removeService'; readonly service: ServiceKey }
  | {
      readonly kind: 'addServer';
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly settings: ServerSettings;
    }
  | {
      readonly kind: 'editServer';
      readonly service: ServiceKey;
      readonly server: ServerKey;
      readonly settings: ServerSettings;
    }
  | { readonly kind: 'removeServer'; readonly service: ServiceKey; readonly server: ServerKey };

export const sameService = (a: ServiceSettings, b: ServiceSettings): boolean =>
  a.scheduler === b.scheduler &&
  a.hashFallback === b.hashFallback &&
  a.hashPort === b.hashPort &&
  a.onePacket === b.onePacket &&
  a.persistence === b.persistence &&
  // Without persistence the kernel keeps the mask and uses it for nothing.
  (a.persistence === 0 || a.granularity === b.granularity) &&
  a.engine === b.engine;

export const sameServer = (
  a: Omit<ServerSettings, 'forward'> & { readonly forward: KernelForward },
  b: typeof a,
): boolean =>
  a.forward === b.forward &&
  a.weight === b.weight &&
  a.upper === b.upper &&
  a.lower === b.lower &&
  a.tunnel?.type === b.tunnel?.type &&
  a.tunnel?.port === b.tunnel?.port &&
  a.tunnel?.checksum === b.tunnel?.checksum;

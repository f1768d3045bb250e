import type { Ipv4 } from '../../values/ipv4.js';

/** What identifies a service in the kernel: protocol, address and port. */
export interface ServiceKey {
  readonly protocol: 'tcp' | 'udp';
  readonly address: Ipv4;
  readonly port: number;
}

/** What can be set on a service. */
export interface ServiceSettings {
  /** A scheduler's name as the kernel knows it: rr, wrr, wlc, sh … (15 characters at most). */
  readonly scheduler: string;
  /** Persistence timeout in seconds; 0 is none. */
  readonly persistence: number;
}

/** What identifies a destination within its service. */
export interface ServerKey {
  readonly address: Ipv4;
  readonly port: number;
}

export type Forward = 'masq' | 'dr' | 'tunnel';

/** How a destination is forwarded to; `local` and `bypass` are only ever seen in a dump. */
export type KernelForward = Forward | 'local' | 'bypass';

/** What can be set on a destination. */
export interface ServerSettings {
  readonly forward: Forward;
  /** 0 takes no new connection. */
  readonly weight: number;
}

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
export interface ActualServer {
  readonly key: ServerKey;
  readonly forward: KernelForward;
  readonly weight: number;
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly stats: Stats;
  /** It has settings that we never make (connection thresholds, a tunnel that is not IPIP): putting it right edits it. */
  readonly irregular?: true;
}

/** One service as the kernel has it. */
export interface ActualService {
  readonly key: ServiceKey;
  readonly settings: ServiceSettings;
  readonly stats: Stats;
  readonly servers: readonly ActualServer[];
  /** It has settings that we never make (flags, netmask, persistence engine): putting it right edits it. */
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

/** `tcp/10.0.0.1:80`, the key in maps and a service's name by default. */
export const serviceId = (k: ServiceKey): string => `${k.protocol}/${k.address}:${k.port}`;

/** `10.0.0.1:80`. */
export const serverId = (k: ServerKey): string => `${k.address}:${k.port}`;

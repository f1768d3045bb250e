import type { InstanceShape } from '../core/reload/vrrp.js';
import type { Delays } from '../core/track/debounce.js';
import type { TrackUse } from '../core/track/verdict.js';
import type { VrrpSettings } from '../core/vrrp/settings.js';
import type { VirtualAddress } from '../ports/addresses.js';
import type { Way } from '../ports/routes.js';
import type { Ip } from '../values/ip.js';

/** Another interface as an instance tracks it. */
export interface InterfaceTrack extends TrackUse {
  readonly kind: 'interface';
  readonly delays: Delays;
}

/** The interface that carries a virtual router's own MAC, and whether adverts are sent with that. */
export interface VirtualMacSettings {
  readonly interface: string;
  readonly mac: string;
  readonly adverts: 'virtual' | 'base';
}

/** Everything the router needs to run one instance; from the configuration. */
export interface InstanceSettings {
  readonly name: string;
  readonly interface: string;
  /** As configured, 1 to 255; 255 is the address owner. */
  readonly priority: number;
  readonly vrrp: VrrpSettings;
  /** The address of the interface that adverts are sent from; by default its primary one. */
  readonly source?: Ip | null;
  readonly virtualMac?: VirtualMacSettings | null;
  /** false: as master it only stands for its addresses, and takes no packets for them. */
  readonly accept?: boolean;
  /** All that come and go with mastership: those in the adverts, in their order, then those that are not. */
  readonly addresses: readonly VirtualAddress[];
  /** Those (in `formatCidr` form) that stand only while one of these services is up. */
  readonly whileUp?: readonly { readonly address: string; readonly services: readonly string[] }[];
  /** Routes, then rules, that come and go after the addresses. */
  readonly ways?: readonly Way[];
  /** What it tracks by the director's verdicts. */
  readonly tracks: readonly TrackUse[];
  readonly interfaces: readonly InterfaceTrack[];
}

/** One lan serves all virtual routers of an interface and family: the two families are independent of each other. */
export const laneOf = ({ interface: name, vrrp }: InstanceSettings): string =>
  vrrp.family === 4 ? name : `${name} over IPv6`;

/** What an instance is known by when its settings change: another interface, family or VRID makes it another one. */
export const keyOf = (settings: InstanceSettings): string =>
  `${settings.interface} IPv${settings.vrrp.family} ${settings.vrrp.virtualRouterId}`;

/** What decides whether it can go on as it is with other settings. */
export function shapeOf(settings: InstanceSettings): InstanceShape {
  const { name, priority, vrrp, virtualMac = null } = settings;
  const mac = virtualMac === null ? null : `${virtualMac.interface} ${virtualMac.adverts}`;
  return { key: keyOf(settings), name, version: vrrp.version, priority, virtualMac: mac };
}

/** All of their virtual addresses. */
export const addressesIn = (settings: readonly InstanceSettings[]): ReadonlySet<Ip> =>
  new Set(settings.flatMap((s) => s.addresses.map((a) => a.cidr.address)));

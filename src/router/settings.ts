import type { VrrpSettings } from '../core/vrrp/settings.js';
import type { VirtualAddress } from '../ports/addresses.js';

/** A track script as an instance uses it. */
export interface ScriptTrack {
  readonly name: string;
  /** 0: failure is a fault; else what is added while up (above 0) or while down (below 0). */
  readonly weight: number;
}

/** The interface that carries a virtual router's own MAC, and whether adverts are sent with that. */
export interface VirtualMacSettings {
  readonly interface: string;
  readonly mac: string;
  readonly adverts: 'virtual' | 'base';
}

/** Everything the router needs to run one instance; from the configuration, never changed while it runs. */
export interface InstanceSettings {
  readonly name: string;
  readonly interface: string;
  /** As configured, 1 to 255; 255 is the address owner. */
  readonly priority: number;
  readonly vrrp: VrrpSettings;
  readonly virtualMac?: VirtualMacSettings | null;
  readonly addresses: readonly VirtualAddress[];
  readonly scripts: readonly ScriptTrack[];
  readonly interfaces: readonly string[];
}

import type { Config, Instance } from '../config/schema.js';
import type { TrackUse } from '../core/track/verdict.js';
import type { Unicast } from '../core/vrrp/advert.js';
import { virtualMacOf } from '../ports/virtual-mac.js';
import { familyOf, formatCidr } from '../values/ip.js';
import type { Duration } from '../values/time.js';
import type { GroupSettings } from './groups.js';
import { notifyLanes } from './notify-lanes.js';
import type { InstanceSettings, VirtualMacSettings } from './settings.js';
import { type ConnectionSync, connectionSyncOf } from './sync-roles.js';
import { declaredTracks, interfaceTracks, trackUses } from './track-uses.js';

/** All that the router runs by: plain data, and nothing of `ipvs`, which may be large. */
export interface RouterPart {
  readonly instances: readonly InstanceSettings[];
  readonly startupDelay: Duration;
  readonly groups: readonly GroupSettings[];
  /** Who is to be told of changes of state. */
  readonly lanes: readonly string[];
  /** The ids of all tracks that the director has, used or not. */
  readonly tracks: readonly string[];
  readonly connectionSync: ConnectionSync | null;
  readonly fifo: string | null;
  /** Without a director for so long it resigns. */
  readonly grace: Duration;
  readonly logLevel: string;
}

/** The router's part of a configuration. */
export function routerPart(config: Config): RouterPart {
  const { vrrp, director, log } = config;
  return {
    instances: instanceSettings(config),
    startupDelay: vrrp.startup_delay,
    groups: vrrp.sync_groups.map(({ name, instances }) => ({ name, instances })),
    lanes: notifyLanes(config),
    tracks: declaredTracks(config),
    connectionSync: connectionSyncOf(config),
    fifo: vrrp.notify_fifo?.path ?? null,
    grace: director.grace,
    logLevel: log.level,
  };
}

/** The settings of its instances. */
export function instanceSettings(config: Config): InstanceSettings[] {
  return config.vrrp.instances.map((instance) => settings(instance, trackUses(config, instance)));
}

function settings(instance: Instance, tracks: readonly TrackUse[]): InstanceSettings {
  const [first] = instance.virtual_addresses;
  return {
    name: instance.name,
    interface: instance.interface,
    priority: instance.priority,
    vrrp: {
      virtualRouterId: instance.virtual_router_id,
      version: instance.version,
      // Of one family all, or the file is refused; an empty list is refused as well.
      family: first === undefined ? 4 : familyOf(first.cidr.address),
      unicast: unicastOf(instance),
      interval: instance.advert_int,
      preempt: instance.preempt,
      preemptDelay: instance.preempt_delay,
      auth: instance.auth.type === 'pass' ? { type: 'pass', password: instance.auth.pass } : { type: 'none' },
      checksum: instance.checksum ?? 'pseudo_header',
      addresses: instance.virtual_addresses.map((address) => address.cidr.address),
      announce: instance.garp,
    },
    ...addressesOf(instance),
    ways: [...instance.routes, ...instance.rules],
    source: instance.source ?? instance.unicast?.source ?? null,
    virtualMac: virtualMac(instance),
    accept: instance.accept,
    tracks,
    interfaces: interfaceTracks(instance),
  };
}

/** All addresses, and which of them stand only while a service is up. */
function addressesOf(instance: Instance): Pick<InstanceSettings, 'addresses' | 'whileUp'> {
  const all = [...instance.virtual_addresses, ...instance.excluded_addresses];
  const whileUp = all.flatMap(({ cidr, while_up: services }) =>
    services === undefined ? [] : [{ address: formatCidr(cidr), services }],
  );
  const addresses = all.map(({ while_up: _, ...address }) => address);
  return whileUp.length === 0 ? { addresses } : { addresses, whileUp };
}

/** The MAC is that of the VRID and of the addresses' family. */
function virtualMac(instance: Instance): VirtualMacSettings | null {
  const { virtual_mac: asked, virtual_router_id: id, virtual_addresses: addresses } = instance;
  const [first] = addresses;
  if (asked === null || first === undefined) return null;
  return { ...asked, mac: virtualMacOf(id, familyOf(first.cidr.address)) };
}

function unicastOf({ unicast }: Instance): Unicast | null {
  if (unicast === null) return null;
  const peers = unicast.peers.map(({ address, min_ttl, max_ttl }) => ({ address, minTtl: min_ttl, maxTtl: max_ttl }));
  return { peers, ttl: unicast.ttl, anySource: unicast.any_source };
}

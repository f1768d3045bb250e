import { OWNER } from '../core/vrrp/settings.js';
import type { Addresses, VirtualAddress } from '../ports/addresses.js';
import type { PacketFilter } from '../ports/packet-filter.js';
import type { Way, Ways } from '../ports/routes.js';
import type { VirtualMac, VirtualMacs } from '../ports/virtual-mac.js';
import type { Failure } from '../values/failure.js';
import { formatCidr } from '../values/ip.js';
import type { InstanceSettings } from './settings.js';
import { virtualMacFor } from './virtual-macs.js';

/** All that the router may put into the kernel for its instances. */
export interface Estate {
  readonly addresses: readonly VirtualAddress[];
  /** In the order in which they are laid. */
  readonly ways: readonly Way[];
  readonly virtualMacs: readonly VirtualMac[];
  /** Whether there is a packet filter. */
  readonly filter: boolean;
}

/** An owner's addresses are the host's own, and none of the estate. */
export function estateOf(settings: readonly InstanceSettings[]): Estate {
  const tenants = settings.filter((s) => s.priority !== OWNER);
  return {
    addresses: tenants.flatMap((s) => s.addresses),
    ways: settings.flatMap((s) => s.ways ?? []),
    virtualMacs: settings.flatMap((s) => (s.virtualMac == null ? [] : [virtualMacFor(s, s.virtualMac)])),
    filter: tenants.some((s) => s.accept === false),
  };
}

/** What of an earlier estate nobody looks after any more. @param now the settings; what they have stays, owned or not. */
export function leftOver(before: Estate, now: readonly InstanceSettings[]): Estate {
  const kept = estateOf(now);
  const addresses = new Set(now.flatMap((s) => s.addresses.map(placed)));
  const ways = new Set(kept.ways.map((way) => JSON.stringify(way)));
  const macs = new Set(kept.virtualMacs.map(made));
  return {
    addresses: before.addresses.filter((a) => !addresses.has(placed(a))),
    ways: before.ways.filter((way) => !ways.has(JSON.stringify(way))),
    virtualMacs: before.virtualMacs.filter((mac) => !macs.has(made(mac))),
    filter: before.filter && !kept.filter,
  };
}

/** What makes an address in the kernel this one and no other. */
const placed = ({ interface: name, cidr }: VirtualAddress): string => `${name} ${formatCidr(cidr)}`;

const made = ({ name, parent, mac }: VirtualMac): string => `${name} ${parent} ${mac}`;

/** Who removes an estate. */
export interface Removers {
  readonly addresses: Pick<Addresses, 'remove'>;
  readonly ways: Pick<Ways, 'remove'>;
  readonly virtualMacs: Pick<VirtualMacs, 'remove'>;
  readonly packetFilter: Pick<PacketFilter, 'remove'>;
}

/** Removes what stands of an estate, in the order of a release. @returns what the kernel refused. */
export async function removeEstate(estate: Estate, by: Removers): Promise<readonly Failure[]> {
  const { ways, addresses, virtualMacs } = estate;
  const refused: (Failure | null)[] = [];
  if (ways.length > 0) refused.push(...(await by.ways.remove([...ways].reverse())));
  if (addresses.length > 0) refused.push(...(await by.addresses.remove(addresses)));
  if (virtualMacs.length > 0) refused.push(...(await by.virtualMacs.remove(virtualMacs)));
  if (estate.filter) refused.push(await by.packetFilter.remove());
  return refused.filter((failure) => failure !== null);
}

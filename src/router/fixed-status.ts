import type { InstanceStatus } from '../core/status.js';
import { formatCidr } from '../values/ip.js';
import type { InstanceSettings } from './settings.js';

/** What of an instance's status is settled by its configuration. */
export type FixedStatus = Pick<
  InstanceStatus,
  'interface' | 'virtualRouterId' | 'priority' | 'version' | 'addresses' | 'excludedAddresses' | 'routes' | 'rules'
>;

/** Made once: a status is asked for at every change. */
export function fixedStatus({ interface: name, vrrp, priority, addresses, ways = [] }: InstanceSettings): FixedStatus {
  const advertised = vrrp.addresses.length;
  const ofKind = (kind: string): number => ways.filter((way) => way.kind === kind).length;
  return {
    interface: name,
    virtualRouterId: vrrp.virtualRouterId,
    priority,
    version: vrrp.version,
    addresses: addresses.slice(0, advertised).map((a) => formatCidr(a.cidr)),
    excludedAddresses: addresses.length - advertised,
    routes: ofKind('route'),
    rules: ofKind('rule'),
  };
}

import { OWNER } from '../core/vrrp/settings.js';
import type { LinkAddress } from '../ports/addresses.js';
import { familyOf, type Ip, isIpv6 } from '../values/ip.js';
import { isLinkLocal } from '../values/ipv6.js';
import type { LinkIndex } from './link-index.js';
import type { InstanceSettings } from './settings.js';

/** From where adverts are sent, or in words why there is no such address now. */
export type Source =
  | { readonly address: Ip; readonly fault: null }
  | { readonly address: null; readonly fault: string };

const fault = (words: string): Source => ({ address: null, fault: words });

/**
 * The source of an instance's adverts (vrrp-checklist 3): the address that is configured, while it stands on the
 * interface; else the interface's primary one of the family, for IPv6 a link-local one. Virtual addresses are none of
 * the interface's own, except for an owner.
 */
export function sourceOf(settings: InstanceSettings, index: LinkIndex): Source {
  const { interface: name, priority, vrrp } = settings;
  const wanted = settings.source ?? null;
  if (wanted !== null) {
    const [found] = index.find(name, wanted);
    if (found === undefined) return fault(`${wanted}, the configured source of adverts, is not on interface ${name}`);
    return usable([found], name, `the configured source ${wanted}`);
  }
  const all = priority === OWNER ? (index.link(name)?.addresses ?? []) : index.own(name);
  const own = all.filter(({ cidr: { address } }) => familyOf(address) === vrrp.family);
  if (vrrp.family === 4) return usable(own, name, 'IPv4 address of its own');
  return linkLocalFits(settings)
    ? usable(own.filter(linkLocal), name, 'link-local IPv6 address of its own, which adverts are sent from')
    : usable(
        own.filter((a) => !linkLocal(a)),
        name,
        'IPv6 address of its own that peers beyond the link could answer to',
      );
}

/** To the group always; to peers where all of them are on the link. */
const linkLocalFits = ({ vrrp: { unicast } }: InstanceSettings): boolean =>
  unicast === null || unicast.peers.every((peer) => isIpv6(peer.address) && isLinkLocal(peer.address));

const linkLocal = ({ cidr: { address } }: LinkAddress): boolean => isIpv6(address) && isLinkLocal(address);

/** The first primary one of those that the kernel has found to be nobody else's. */
function usable(candidates: readonly LinkAddress[], name: string, what: string): Source {
  const done = candidates.filter((a) => a.detection === 'done');
  const chosen = done.find((a) => !a.secondary) ?? done[0];
  if (chosen !== undefined) return { address: chosen.cidr.address, fault: null };
  const [other] = candidates;
  if (other === undefined) return fault(`interface ${name} has no ${what}`);
  const { address } = other.cidr;
  return fault(
    other.detection === 'failed'
      ? `${address} on interface ${name} is another host's too (duplicate address detection): adverts cannot be sent from there`
      : `${address} on interface ${name} is still being checked for duplicates`,
  );
}

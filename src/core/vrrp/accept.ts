import { type Ip, isIpv6 } from '../../values/ip.js';
import { isLinkLocal } from '../../values/ipv6.js';
import type { Advert, AdvertV2, Authentication, Difference, Refusal } from './advert.js';
import { OWNER, type VrrpSettings } from './settings.js';

/**
 * Decides whether a well-formed advert for our VRID is fed to the machine (RFC 3768 §7.1, RFC 9568 §7.1; vrrp-checklist
 * 8, 13, 18-20). Version 3 takes adverts that differ in interval or addresses; see {@link differences}.
 * @param source our own primary address on that interface. @returns null to take it, else why not.
 */
export function refuse(settings: VrrpSettings, source: Ip | null, from: Ip, advert: Advert): Refusal | null {
  if (advert.version !== settings.version) return 'bad-version';
  // In version 3 as well: from there comes another host with our address, or our own advert by a loop in the network.
  // Neither tells of a master, and an answer to the latter would come back in its turn.
  if (from === source) return 'own-address';
  if (advert.version === 3) return null;
  const auth = refuseAuthentication(settings.auth, advert.auth);
  if (auth !== null) return auth;
  if (advert.interval !== settings.interval) return 'other-interval';
  // An owner's list is believed whatever we have configured (RFC 3768 §7.1).
  if (advert.priority !== OWNER && !sameAddresses(settings.addresses, advert.addresses)) return 'other-addresses';
  return null;
}

const NONE: readonly Difference[] = [];

/** In what a version 3 advert that was taken differs from our settings: to be counted and logged (RFC 9568 §7.1). */
export function differences(settings: VrrpSettings, advert: Advert): readonly Difference[] {
  if (advert.version === 2) return NONE;
  const interval = advert.interval !== settings.interval;
  const addresses = !sameAddresses(settings.addresses, advert.addresses);
  const checksum = advert.checksum !== settings.checksum;
  const first = advert.addresses[0];
  // vrrp-checklist 16. RFC 9568 §7.1 does not have receivers discard it: taken, and told of.
  const notLinkLocal = first !== undefined && isIpv6(first) && !isLinkLocal(first);
  if (!interval && !addresses && !checksum && !notLinkLocal) return NONE;
  const found: Difference[] = [];
  if (interval) found.push('other-interval');
  if (addresses) found.push('other-addresses');
  if (checksum) found.push('other-checksum');
  if (notLinkLocal) found.push('not-link-local');
  return found;
}

function refuseAuthentication(mine: Authentication, theirs: AdvertV2['auth']): Refusal | null {
  if (mine.type !== theirs.type) return 'other-auth-type';
  if (mine.type === 'pass' && theirs.type === 'pass' && mine.password !== theirs.password) return 'other-auth-data';
  return null;
}

/** Same addresses in any order; keepalived orders them as written, others sort. */
function sameAddresses(mine: readonly Ip[], theirs: readonly Ip[]): boolean {
  return mine.length === theirs.length && mine.every((address) => theirs.includes(address));
}

import type { Ipv4 } from '../../values/ipv4.js';
import type { Advert, Authentication, Refusal } from './advert.js';
import { OWNER, type VrrpSettings } from './settings.js';

/**
 * Decides whether a well-formed advert for our VRID is fed to the machine (RFC 3768 §7.1; vrrp-checklist 13, 18-20).
 * @param source our own primary address on that interface. @returns null to take it, else why not.
 */
export function refuse(settings: VrrpSettings, source: Ipv4 | null, from: Ipv4, advert: Advert): Refusal | null {
  if (from === source) return 'own-address';
  const auth = refuseAuthentication(settings.auth, advert.auth);
  if (auth !== null) return auth;
  if (advert.interval !== settings.interval) return 'other-interval';
  // An owner's list is believed whatever we have configured (RFC 3768 §7.1).
  if (advert.priority !== OWNER && !sameAddresses(settings.addresses, advert.addresses)) return 'other-addresses';
  return null;
}

function refuseAuthentication(mine: Authentication, theirs: Advert['auth']): Refusal | null {
  if (mine.type !== theirs.type) return 'other-auth-type';
  if (mine.type === 'pass' && theirs.type === 'pass' && mine.password !== theirs.password) return 'other-auth-data';
  return null;
}

/** Same addresses in any order; keepalived orders them as written, others sort. */
function sameAddresses(mine: readonly Ipv4[], theirs: readonly Ipv4[]): boolean {
  return mine.length === theirs.length && mine.every((address) => theirs.includes(address));
}

import type { Family, Ip } from '../values/ip.js';
import type { Duration } from '../values/time.js';

/** What stands in the authentication fields. A character of `password` is one byte, 0 to 255 (so: ASCII in settings). */
export type WireAuth =
  | { readonly type: 'none' }
  | { readonly type: 'pass'; readonly password: string }
  | { readonly type: 'other'; readonly number: number };

/**
 * Over what VRRPv3 sums for IPv4. RFC 9568 §5.2.8: the message only. keepalived and FRR by default: also the
 * pseudo-header of the IP addresses, protocol and length, as IPv6 has it.
 */
export type ChecksumOver = 'pseudo_header' | 'rfc9568';

interface Fields {
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly interval: Duration;
  readonly addresses: readonly Ip[];
}

/** A VRRPv2 advertisement (RFC 3768 §5.1). */
export interface VrrpAdvert2 extends Fields {
  readonly version: 2;
  readonly auth: WireAuth;
}

/** A VRRPv3 advertisement (RFC 9568 §5.1), of the family of its addresses. */
export interface VrrpAdvert3 extends Fields {
  readonly version: 3;
  /** IPv6 has the pseudo-header always. */
  readonly checksum: ChecksumOver;
}

/**
 * The same record as the core's Advert, declared here because this room imports values only; a test holds the two
 * equal.
 */
export type VrrpAdvert = VrrpAdvert2 | VrrpAdvert3;

/** A virtual router that is listened for, in the one version that it speaks; as ports/lan declares it. */
export interface Listened {
  readonly virtualRouterId: number;
  readonly version: 2 | 3;
  readonly family: Family;
  /** null: multicast. */
  readonly unicast: Unicast | null;
}

/** From whom a virtual router without multicast takes adverts. */
export interface Unicast {
  readonly peers: readonly UnicastPeer[];
  readonly anySource: boolean;
}

export interface UnicastPeer {
  readonly address: Ip;
  /** Received TTL or hop limit, both included. */
  readonly minTtl: number;
  readonly maxTtl: number;
}

/** The IP addresses between which a message goes. */
export interface Ends {
  readonly source: Ip;
  readonly destination: Ip;
}

/** Why bytes are no VRRP advertisement. */
export type BadAdvert = 'truncated' | 'bad-version' | 'bad-type' | 'bad-checksum' | 'no-addresses' | 'zero-interval';

export type Decoded<A> = { readonly ok: true; readonly advert: A } | { readonly ok: false; readonly why: BadAdvert };

export const TYPE_ADVERTISEMENT = 1;
/** Both versions: version and type, VRID, priority, count, two bytes of its own, checksum. */
export const HEADER = 8;

/** @throws RangeError when `n` does not fit a byte. */
export function byte(what: string, n: number): number {
  if (!Number.isInteger(n) || n < 0 || n > 255) throw new RangeError(`${what} is ${n}: the wire takes 0 to 255, whole`);
  return n;
}

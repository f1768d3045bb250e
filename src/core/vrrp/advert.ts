import type { Ipv4 } from '../../values/ipv4.js';
import type { Duration } from '../../values/time.js';

/** The eight bytes of v2's authentication trailer, and its type (RFC 2338 §5.3.6; RFC 3768 §5.3.6). */
export type Authentication = { readonly type: 'none' } | { readonly type: 'pass'; readonly password: string };

/** The versions of the protocol: 2 is RFC 3768, 3 is RFC 9568. */
export type Version = 2 | 3;

/**
 * Over what VRRPv3 sums for IPv4: `rfc9568` the message only (§5.2.8); `pseudo_header`, as keepalived and FRR do by
 * default, also the IP addresses, protocol and length. Both are understood, one is sent.
 */
export type ChecksumOver = 'pseudo_header' | 'rfc9568';

interface Fields {
  readonly virtualRouterId: number;
  /** 0 lets go, 1-254 backup, 255 owner. */
  readonly priority: number;
  /** The sender's. Whole seconds on the wire in v2, 1 to 4095 hundredths in v3. */
  readonly interval: Duration;
  readonly addresses: readonly Ipv4[];
}

export interface AdvertV2 extends Fields {
  readonly version: 2;
  /** `other`: a type that this implementation does not speak (RFC 2338's IP authentication header). */
  readonly auth: Authentication | { readonly type: 'other'; readonly number: number };
}

export interface AdvertV3 extends Fields {
  readonly version: 3;
  readonly checksum: ChecksumOver;
}

/** One VRRP advertisement as a record: what wire/vrrp encodes and decodes. */
export type Advert = AdvertV2 | AdvertV3;

/** Why bytes are no advert for us; each is counted by this name (vrrp-checklist 1, 8-12, 14, 15). */
export type BadPacket =
  | 'bad-ttl'
  | 'bad-version'
  | 'bad-type'
  | 'truncated'
  | 'bad-checksum'
  | 'no-addresses'
  | 'zero-interval'
  | 'unknown-vrid'
  | 'wrong-destination';

/** Why a well-formed advert is refused (vrrp-checklist 13, 18-20). */
export type Refusal =
  | 'bad-version'
  | 'own-address'
  | 'other-interval'
  | 'other-addresses'
  | 'other-auth-type'
  | 'other-auth-data';

/** In what an advert that is taken differs from our settings: v3 logs what v2 refuses (vrrp-checklist 7, 18, 19). */
export type Difference = 'other-interval' | 'other-addresses' | 'other-checksum';

/** Every reason for which a packet is dropped and counted. */
export type DropReason = BadPacket | Refusal;

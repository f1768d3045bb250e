import type { Ip } from '../../values/ip.js';
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

/** Another router that is spoken to alone, and from how far away its adverts may come. */
export interface UnicastPeer {
  readonly address: Ip;
  /** Received TTL or hop limit, 1 to 255, both included. */
  readonly minTtl: number;
  readonly maxTtl: number;
}

/** How a virtual router speaks where there is no multicast. */
export interface Unicast {
  readonly peers: readonly UnicastPeer[];
  /** TTL or hop limit of what is sent. */
  readonly ttl: number;
  /** Take adverts from others than the peers as well. */
  readonly anySource: boolean;
}

interface Fields {
  readonly virtualRouterId: number;
  /** 0 lets go, 1-254 backup, 255 owner. */
  readonly priority: number;
  /** The sender's. Whole seconds on the wire in v2, 1 to 4095 hundredths in v3. */
  readonly interval: Duration;
  readonly addresses: readonly Ip[];
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
  | 'wrong-destination'
  /** Unicast: the sender is none of the peers. */
  | 'unknown-peer';

/** Why a well-formed advert is refused (vrrp-checklist 13, 18-20). */
export type Refusal =
  | 'bad-version'
  | 'own-address'
  | 'other-interval'
  | 'other-addresses'
  | 'other-auth-type'
  | 'other-auth-data';

/** In what an advert that is taken differs from our settings: v3 logs what v2 refuses (vrrp-checklist 7, 18, 19). */
export type Difference = 'other-interval' | 'other-addresses' | 'other-checksum' | 'not-link-local';

/** Every reason for which a packet is dropped and counted. */
export type DropReason = BadPacket | Refusal;

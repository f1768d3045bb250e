import type { Ipv4 } from '../../values/ipv4.js';
import type { Duration } from '../../values/time.js';

/** The eight bytes of v2's authentication trailer, and its type (RFC 2338 §5.3.6; RFC 3768 §5.3.6). */
export type Authentication = { readonly type: 'none' } | { readonly type: 'pass'; readonly password: string };

/** One VRRP advertisement as a record: what wire/vrrp encodes and decodes. */
export interface Advert {
  readonly version: 2;
  readonly virtualRouterId: number;
  /** 0 lets go, 1-254 backup, 255 owner. */
  readonly priority: number;
  /** Whole seconds on the wire in v2. */
  readonly interval: Duration;
  readonly addresses: readonly Ipv4[];
  /** `other`: a type that this implementation does not speak (RFC 2338's IP authentication header). */
  readonly auth: Authentication | { readonly type: 'other'; readonly number: number };
}

/** Why bytes are no advert for us; each is counted by this name (vrrp-checklist 1, 8-12). */
export type BadPacket =
  | 'bad-ttl'
  | 'bad-version'
  | 'bad-type'
  | 'truncated'
  | 'bad-checksum'
  | 'unknown-vrid'
  | 'wrong-destination';

/** Why a well-formed advert is refused (vrrp-checklist 13, 18-20). */
export type Refusal = 'own-address' | 'other-interval' | 'other-addresses' | 'other-auth-type' | 'other-auth-data';

/** Every reason for which a packet is dropped and counted. */
export type DropReason = BadPacket | Refusal;

import type { Ipv4 } from '../values/ipv4.js';
import { decodeIpv4, encodeIpv4 } from './ipv4.js';
import { type BadAdvert, decodeAdvert, encodeAdvert, type VrrpAdvert } from './vrrp.js';
import type { Listened } from './vrrp-record.js';

/** Where adverts go (RFC 3768 §5.2.2). */
export const VRRP_GROUP = '224.0.0.18' as Ipv4;
/** IANA's protocol number (RFC 3768 §5.2.4). */
export const VRRP_PROTOCOL = 112;
/** Any other says that the packet was routed, so its sender is not on this link (RFC 3768 §5.2.3). */
const TTL = 255;
/** CS6, internetwork control, as routing protocols use it (RFC 2474 §4.2.2.2). */
const TOS = 0xc0;

/** The routers of one interface, made for looking up. */
export interface Known {
  readonly byId: ReadonlyMap<number, 2 | 3>;
  readonly versions: ReadonlySet<number>;
}

export const known = (routers: readonly Listened[]): Known => ({
  byId: new Map(routers.map((r) => [r.virtualRouterId, r.version])),
  versions: new Set(routers.map((r) => r.version)),
});

/** Why an IP packet is no advert for one of the routers asked for. */
export type BadAdvertPacket = BadAdvert | 'bad-ttl' | 'wrong-destination' | 'unknown-vrid';

export type DecodedAdvertPacket =
  | { readonly ok: true; readonly from: Ipv4; readonly advert: VrrpAdvert }
  | {
      readonly ok: false;
      readonly from: Ipv4 | null;
      readonly why: BadAdvertPacket;
      /** The router of ours that speaks another version than the packet. */
      readonly router?: number;
    };

/** The whole IP packet of an advert. @throws RangeError as `encodeAdvert` does. */
export function encodeAdvertPacket(advert: VrrpAdvert, source: Ipv4): Uint8Array {
  return encodeIpv4({
    source,
    destination: VRRP_GROUP,
    ttl: TTL,
    tos: TOS,
    protocol: VRRP_PROTOCOL,
    payload: encodeAdvert(advert, { source, destination: VRRP_GROUP }),
  });
}

/**
 * Reads a packet of protocol 112 from its IP header on (RFC 3768 §7.1, RFC 9568 §7.1). The version is judged first, by
 * that of the router which it is for, else by those that are spoken on the interface. Never throws.
 */
export function decodeAdvertPacket(bytes: Uint8Array, routers: Known): DecodedAdvertPacket {
  const ip = decodeIpv4(bytes);
  if (!ip.ok) return { ok: false, from: null, why: ip.why };
  const { source: from, destination, ttl, payload } = ip.packet;
  if (ttl !== TTL) return { ok: false, from, why: 'bad-ttl' };
  if (destination !== VRRP_GROUP) return { ok: false, from, why: 'wrong-destination' };
  if (payload.length === 0) return { ok: false, from, why: 'truncated' };
  const version = (payload[0] ?? 0) >> 4;
  const router = payload[1] ?? 0;
  const expected = routers.byId.get(router);
  if (expected !== undefined && expected !== version) return { ok: false, from, why: 'bad-version', router };
  if (!routers.versions.has(version)) return { ok: false, from, why: 'bad-version' };
  const vrrp = decodeAdvert(payload, ip.packet);
  if (!vrrp.ok) return { ok: false, from, why: vrrp.why };
  if (expected === undefined) return { ok: false, from, why: 'unknown-vrid' };
  return { ok: true, from, advert: vrrp.advert };
}

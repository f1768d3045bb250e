import { type Family, familyOf, type Ip, isIpv6 } from '../values/ip.js';
import type { Ipv4 } from '../values/ipv4.js';
import type { Ipv6 } from '../values/ipv6.js';
import { decodeIpv4, encodeIpv4 } from './ipv4.js';
import { encodeIpv6 } from './ipv6.js';
import { type BadAdvert, decodeAdvert, encodeAdvert, type VrrpAdvert } from './vrrp.js';
import type { Listened, UnicastPeer } from './vrrp-record.js';

/** Where adverts go (RFC 3768 §5.2.2, RFC 9568 §5.1.2.2). */
export const VRRP_GROUP = '224.0.0.18' as Ipv4;
export const VRRP_GROUP_6 = 'ff02::12' as Ipv6;
export const vrrpGroup = (family: Family): Ip => (family === 4 ? VRRP_GROUP : VRRP_GROUP_6);
/** IANA's protocol number (RFC 3768 §5.2.4). */
export const VRRP_PROTOCOL = 112;
/** Any other says that the packet was routed, so its sender is not on this link (RFC 3768 §5.2.3, RFC 9568 §5.1.2.3). */
const TTL = 255;
/** CS6, internetwork control, as routing protocols use it (RFC 2474 §4.2.2.2). */
const TOS = 0xc0;

/** The routers of one interface and family, made for looking up. */
export interface Known {
  readonly byId: ReadonlyMap<number, Listener>;
  readonly versions: ReadonlySet<number>;
}

interface Listener {
  readonly version: 2 | 3;
  /** null: multicast. */
  readonly unicast: { readonly peers: ReadonlyMap<Ip, UnicastPeer>; readonly anySource: boolean } | null;
}

/** @param routers of one family. */
export const known = (routers: readonly Listened[]): Known => ({
  byId: new Map(routers.map((r) => [r.virtualRouterId, { version: r.version, unicast: byAddress(r.unicast) }])),
  versions: new Set(routers.map((r) => r.version)),
});

const byAddress = (unicast: Listened['unicast']): Listener['unicast'] =>
  unicast && { peers: new Map(unicast.peers.map((peer) => [peer.address, peer])), anySource: unicast.anySource };

/** Why an IP packet is no advert for one of the routers asked for. */
export type BadAdvertPacket = BadAdvert | 'bad-ttl' | 'wrong-destination' | 'unknown-vrid' | 'unknown-peer';

export type DecodedAdvertPacket =
  | { readonly ok: true; readonly from: Ip; readonly advert: VrrpAdvert }
  | {
      readonly ok: false;
      readonly from: Ip | null;
      readonly why: BadAdvertPacket;
      /** The router of ours that it was for, where its settings say another version, group or peer. */
      readonly router?: number;
    };

/** A packet of protocol 112 as a socket of either family tells it. */
export interface Envelope {
  readonly source: Ip;
  readonly destination: Ip;
  /** TTL or hop limit. */
  readonly ttl: number;
  readonly payload: Uint8Array;
}

/**
 * The whole IP packet of an advert, of the source's family: to the group with TTL 255, or to one peer.
 * @throws RangeError as `encodeAdvert` does.
 */
export function encodeAdvertPacket(
  advert: VrrpAdvert,
  source: Ip,
  destination: Ip = vrrpGroup(familyOf(source)),
  ttl = TTL,
): Uint8Array {
  const payload = encodeAdvert(advert, { source, destination });
  if (isIpv6(source)) {
    const to = destination as Ipv6;
    return encodeIpv6({
      source,
      destination: to,
      hopLimit: ttl,
      trafficClass: TOS,
      nextHeader: VRRP_PROTOCOL,
      payload,
    });
  }
  return encodeIpv4({ source, destination: destination as Ipv4, ttl, tos: TOS, protocol: VRRP_PROTOCOL, payload });
}

/** Reads an IPv4 packet of protocol 112 from its IP header on; see {@link openEnvelope}. Never throws. */
export function decodeAdvertPacket(bytes: Uint8Array, routers: Known): DecodedAdvertPacket {
  const ip = decodeIpv4(bytes);
  return ip.ok ? openEnvelope(ip.packet, routers) : { ok: false, from: null, why: ip.why };
}

/**
 * Judges a packet of protocol 112 (RFC 3768 §7.1, RFC 9568 §7.1), by what the router that it is for expects: from where
 * and how far it came, then its version, by that of its router, else by those that are spoken on the interface.
 * Never throws.
 */
export function openEnvelope(envelope: Envelope, routers: Known): DecodedAdvertPacket {
  const { source: from, payload } = envelope;
  const router = payload[1] ?? 0;
  const expected = payload.length > 1 ? routers.byId.get(router) : undefined;
  const unicast = expected?.unicast ?? null;
  const stray = unicast === null ? notByGroup(envelope) : notByPeer(envelope, unicast);
  if (stray !== null) {
    // A misconfigured neighbour, one side unicast and the other not: the router that is meant should tell of it.
    const ours = expected !== undefined && (unicast !== null || !isMulticast(envelope.destination));
    return ours ? { ok: false, from, why: stray, router } : { ok: false, from, why: stray };
  }
  if (payload.length === 0) return { ok: false, from, why: 'truncated' };
  const version = (payload[0] ?? 0) >> 4;
  if (expected !== undefined && expected.version !== version) return { ok: false, from, why: 'bad-version', router };
  if (!routers.versions.has(version)) return { ok: false, from, why: 'bad-version' };
  const vrrp = decodeAdvert(payload, envelope);
  if (!vrrp.ok) return { ok: false, from, why: vrrp.why };
  if (expected === undefined) return { ok: false, from, why: 'unknown-vrid' };
  return { ok: true, from, advert: vrrp.advert };
}

/** vrrp-checklist 1, 2. */
function notByGroup({ source, destination, ttl }: Envelope): BadAdvertPacket | null {
  if (ttl !== TTL) return 'bad-ttl';
  return destination === vrrpGroup(familyOf(source)) ? null : 'wrong-destination';
}

/**
 * A unicast peer may be some hops away: its TTL counts only within the bounds that are configured for it. A sender that
 * is no peer has none.
 */
function notByPeer(
  { source, destination, ttl }: Envelope,
  { peers, anySource }: NonNullable<Listener['unicast']>,
): BadAdvertPacket | null {
  if (isMulticast(destination)) return 'wrong-destination';
  const peer = peers.get(source);
  if (peer === undefined) return anySource ? null : 'unknown-peer';
  return ttl >= peer.minTtl && ttl <= peer.maxTtl ? null : 'bad-ttl';
}

/** Not one host's: ff00::/8; 224.0.0.0/4 and the broadcast address above it. */
const isMulticast = (address: Ip): boolean =>
  isIpv6(address) ? /^ff[0-9a-f]{2}:/.test(address) : Number.parseInt(address, 10) >= 224;

import type { Advert, BadPacket } from '../core/vrrp/advert.js';
import type { Listened } from '../ports/lan.js';
import { type Family, familyOf, type Ip } from '../values/ip.js';
import type { Frame } from './segment.js';

export type AdvertFrame = Frame & { kind: 'advert' };

/** The virtual routers of one lan, all of one family. */
export type Routers = ReadonlyMap<number, Listened>;

export const routersOf = (list: readonly Listened[]): Routers => new Map(list.map((r) => [r.virtualRouterId, r]));

/** That of the routers, which all have the same. */
export const familyIn = (list: readonly Listened[]): Family => list[0]?.family ?? 4;

/** What goes out for one advert: a frame to the group, or one to each peer of its router. */
export function framesOf(advert: Advert, from: Ip, routers: Routers): AdvertFrame[] {
  const unicast = routers.get(advert.virtualRouterId)?.unicast ?? null;
  if (unicast === null) return [{ kind: 'advert', from, advert }];
  return unicast.peers.map(({ address }) => ({ kind: 'advert', from, advert, to: address, ttl: unicast.ttl }));
}

/** Whether a host with these addresses takes the frame in at all, on a socket of this family. */
export const reaches = (frame: AdvertFrame, family: Family, own: readonly Ip[]): boolean =>
  familyOf(frame.from) === family && (frame.to === undefined || own.includes(frame.to));

/** Why a frame is no advert for its router, as the wire has it; null when it is one. */
export function fault({ from, advert, to, ttl = 255 }: AdvertFrame, routers: Routers): BadPacket | null {
  const router = routers.get(advert.virtualRouterId);
  const unicast = router?.unicast ?? null;
  if (unicast === null) {
    if (ttl !== 255) return 'bad-ttl';
    if (to !== undefined) return 'wrong-destination';
  } else {
    if (to === undefined) return 'wrong-destination';
    const peer = unicast.peers.find(({ address }) => address === from);
    if (peer === undefined && !unicast.anySource) return 'unknown-peer';
    if (peer !== undefined && (ttl < peer.minTtl || ttl > peer.maxTtl)) return 'bad-ttl';
  }
  if (router === undefined) return 'unknown-vrid';
  return router.version === advert.version ? null : 'bad-version';
}

import type { Config, Instance } from '../config/schema.js';
import { servesId, type TrackKind, type TrackUse, trackId } from '../core/track/verdict.js';
import type { InterfaceTrack } from './settings.js';

/** The lists of the configuration, and what one of them is to the router. */
const KINDS = {
  scripts: 'script',
  processes: 'process',
  files: 'file',
  services: 'service',
  routes: 'route',
  quorums: 'quorum',
} as const satisfies Partial<Record<keyof Config['track'], TrackKind>>;

/** What an instance tracks; a weight or reverse of its own goes before the track's. */
export function trackUses(config: Config, instance: Instance): TrackUse[] {
  return (Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((list) => {
    const tracks = new Map(config.track[list].map((track) => [track.name, track]));
    return instance.track[list].map(({ name, weight, reverse }) => ({
      kind: KINDS[list],
      name,
      weight: weight ?? tracks.get(name)?.weight ?? 0,
      reverse: reverse ?? tracks.get(name)?.reverse ?? false,
    }));
  });
}

/** The other interfaces that it tracks. */
export const interfaceTracks = ({ track }: Instance): InterfaceTrack[] =>
  track.interfaces.map(({ name, weight, reverse, up_delay: up, down_delay: down }) => ({
    kind: 'interface',
    name,
    weight,
    reverse,
    delays: { up, down },
  }));

/** The ids of all tracks that the director has a verdict of. */
export const declaredTracks = ({ track, vrrp }: Config): string[] => [
  ...(Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((list) =>
    track[list].map(({ name }) => trackId({ kind: KINDS[list], name })),
  ),
  ...vrrp.instances.flatMap(({ virtual_addresses: named, excluded_addresses: more }) =>
    [...named, ...more].flatMap(({ while_up: services = [] }) => services.map(servesId)),
  ),
];

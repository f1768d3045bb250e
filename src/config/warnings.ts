import { policyWarnings } from './ipvs-policy-cross.js';
import type { Finding } from './problem.js';
import { schedulerWarnings } from './schedulers.js';
import type { RawConfig } from './schema.js';

/** What is allowed, but probably not meant. */
export function warnings(config: RawConfig): Finding[] {
  const { track, vrrp, ipvs } = config;
  return [
    ...unused(track, vrrp),
    ...policyWarnings(config),
    ...schedulerWarnings(config),
    ...ipvs.services.flatMap((service, i) => {
      const path = ['ipvs', 'services', i, 'servers'];
      if (service.servers.length === 0) return [{ path, message: `${service.name} has no server: nobody is served` }];
      if (service.servers.every((server) => server.weight === 0)) {
        return [{ path, message: `all servers of ${service.name} have weight 0: no new connection is taken` }];
      }
      return [];
    }),
  ];
}

const KINDS = ['scripts', 'processes', 'files', 'services', 'routes', 'quorums'] as const;

/** Tracks that decide nothing. A script of a quorum is used by it. */
function unused(track: RawConfig['track'], vrrp: RawConfig['vrrp']): Finding[] {
  return KINDS.flatMap((kind) => {
    const used = new Set(vrrp.instances.flatMap((instance) => instance.track[kind].map((use) => use.name)));
    if (kind === 'scripts') for (const { of } of track.quorums) for (const name of of) used.add(name);
    const what = kind === 'scripts' ? 'it is run for nothing' : 'it decides nothing';
    return track[kind].flatMap(({ name }, i) =>
      used.has(name) ? [] : [{ path: ['track', kind, i], message: `no instance tracks ${name}: ${what}` }],
    );
  });
}

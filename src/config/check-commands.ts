import type { Path } from './problem.js';
import type { Config } from './schema.js';

/** The scripts of checks, with their paths: of a service, and of servers that have another one. */
export function checkScripts({ ipvs }: Config) {
  return ipvs.services.flatMap((service, i) => {
    const found = [];
    const seen = new Set<string>();
    const all = [
      { check: service.check, path: ['ipvs', 'services', i, 'check'] satisfies Path },
      ...service.servers.map(({ check }, j) => ({
        check,
        path: ['ipvs', 'services', i, 'servers', j, 'check'] satisfies Path,
      })),
    ];
    for (const { check, path } of all) {
      if (check?.type !== 'script') continue;
      const { command, user } = check;
      const id = JSON.stringify([command[0], user]);
      // A server that has none of its own has its service's.
      if (!seen.has(id)) found.push({ command, user, path });
      seen.add(id);
    }
    return found;
  });
}

import { acceptFindings } from './accept.js';
import { connectionSyncFindings } from './connection-sync.js';
import { delayFindings } from './delays-cross.js';
import { type Repeated, repeatedIn } from './distinct.js';
import { policyFindings } from './ipvs-policy-cross.js';
import { type Finding, formatPath, type Path } from './problem.js';
import type { RawConfig } from './schema.js';
import { serviceFindings } from './services-cross.js';
import { syncGroupFindings } from './sync-groups-cross.js';
import { type Declared, trackFindings } from './track-cross.js';
import { familyWord, unicastFindings } from './unicast-cross.js';
import { addressFindings, familyFindings } from './virtual-address-cross.js';
import { virtualMacFindings } from './virtual-mac.js';
import { wayFindings } from './virtual-route-cross.js';
import { versionFindings } from './vrrp-version.js';

/** Gives the path in the file of a path in what is checked: both are the same where nothing was left out. */
export type Original = (path: Path) => Path;

/**
 * What is wrong between the parts of a file. `declared` are the names of all tracks that it has, sound or not;
 * `instanceNames` those of all instances.
 */
export function crossCheck(
  config: RawConfig,
  declared: Declared,
  instanceNames: readonly string[],
  original: Original,
): Finding[] {
  const distinct = repeatedIn(original);
  const placed = (path: Path): string => formatPath(original(path));
  const found = [
    ...trackFindings(config, declared, original),
    ...instances(config, distinct),
    ...versionFindings(config),
    ...virtualMacFindings(config.vrrp.instances, original),
    ...acceptFindings(config.vrrp.instances),
    ...delayFindings(config),
    ...syncGroupFindings(config, instanceNames, original),
    ...connectionSyncFindings(config.vrrp.instances, original),
    ...addressFindings(config, placed),
    ...familyFindings(config),
    ...unicastFindings(config, original),
    ...wayFindings(config, placed),
    ...serviceFindings(config, distinct, placed),
    ...policyFindings(config, instanceNames, declared.balanced),
  ];
  return found.map((f) => ({ ...f, path: original(f.path) }));
}

function instances({ vrrp }: RawConfig, distinct: Repeated): Finding[] {
  const list = vrrp.instances;
  const pathOf = (i: number): Path => ['vrrp', 'instances', i];
  return [
    ...distinct({
      list,
      keyOf: (v) => v.name,
      pathOf,
      at: 'name',
      say: (v, first) => `found ${v.name}, the name of ${first}; allowed: each name once`,
    }),
    ...distinct({
      list,
      keyOf: (v) => `${v.interface} ${familyWord(v)} ${v.virtual_router_id}`,
      pathOf,
      at: 'virtual_router_id',
      say: (v, first) =>
        `found ${v.virtual_router_id}, which ${first} has on ${v.interface} already; allowed: each VRID once on an interface`,
    }),
  ];
}

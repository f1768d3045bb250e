/** What of an instance decides whether it can go on as it is when its settings change. */
export interface InstanceShape {
  /** Interface, family and VRID: another one is another instance. */
  readonly key: string;
  readonly name: string;
  readonly version: number;
  readonly priority: number;
  /** Its interface with a virtual MAC, however written; null without. */
  readonly virtualMac: string | null;
}

/** What of a configuration decides that. */
export interface VrrpShape {
  readonly instances: readonly InstanceShape[];
  /** Sync groups; `instances` are names. */
  readonly groups: readonly { readonly name: string; readonly instances: readonly string[] }[];
}

const OWNER = 255;

/**
 * The instances of both configurations that cannot go on: they resign (priority 0, where they are master) and join anew.
 * All other changes are made while they run.
 * @returns by key: why, in a few words.
 */
export function rejoining(before: VrrpShape, after: VrrpShape): ReadonlyMap<string, string> {
  const old = new Map(before.instances.map((each) => [each.key, each]));
  const why = new Map<string, string>();
  for (const each of after.instances) {
    const was = old.get(each.key);
    const reason = was === undefined ? null : ownReason(was, each);
    if (reason !== null) why.set(each.key, reason);
  }
  const homes = homesOf(before);
  const keys = new Map(after.instances.map((each) => [each.name, each.key]));
  for (const { name, instances } of after.groups) {
    const members = instances.flatMap((instance) => keys.get(instance) ?? []);
    const home = homes.get(members[0] ?? '');
    // All or none is master: who joins does not find out beside masters whether it may be one.
    const together = members.every((key) => old.has(key) && !why.has(key) && homes.get(key) === home);
    if (together && home !== undefined) continue;
    for (const key of members) if (old.has(key) && !why.has(key)) why.set(key, `sync group ${name} begins anew`);
  }
  return why;
}

function ownReason(was: InstanceShape, is: InstanceShape): string | null {
  if (was.version !== is.version) return `version ${was.version} -> ${is.version}`;
  if (was.virtualMac !== is.virtualMac) return 'another virtual MAC';
  if ((was.priority === OWNER) === (is.priority === OWNER)) return null;
  return is.priority === OWNER ? 'owns its addresses now' : 'no longer owns its addresses';
}

/** The group of each instance, by key. */
export function homesOf({ instances, groups }: VrrpShape): ReadonlyMap<string, string> {
  const keys = new Map(instances.map((each) => [each.name, each.key]));
  return new Map(groups.flatMap((g) => g.instances.map((name) => [keys.get(name) ?? '', g.name] as const)));
}

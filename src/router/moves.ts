import { rejoining } from '../core/reload/vrrp.js';
import type { PackedPart } from '../ports/channel.js';
import type { GroupSettings } from './groups.js';
import type { Instance } from './instance.js';
import { unpackInstance } from './packed.js';
import { type InstanceSettings, keyOf, shapeOf } from './settings.js';

/** An instance that a reload is about. */
export interface Planned {
  readonly key: string;
  readonly text: string;
  readonly settings: InstanceSettings;
  /** The one that runs with this key; null for one that is new. */
  readonly running: Instance | null;
  /** `keep`: as it is; `change`: while it runs; `join`: it begins, where it runs already after it has let go. */
  readonly how: 'keep' | 'change' | 'join';
}

/** What a reload does to the instances. */
export interface Moves {
  /** In the order of the file. */
  readonly planned: readonly Planned[];
  /** Those that let go and are gone, for good or to join anew. */
  readonly leaving: readonly Instance[];
}

/** What runs. */
export interface Present {
  readonly instances: readonly Instance[];
  readonly groups: readonly GroupSettings[];
  /** Each instance's settings as text, by key. */
  readonly texts: ReadonlyMap<string, string>;
}

/**
 * Compares what runs with what is wanted; only what differs is read.
 * @param pause called before each piece of work. @throws Error when the part is not what a director of this program sends.
 */
export async function movesOf(
  present: Present,
  part: PackedPart,
  groups: readonly GroupSettings[],
  pause: () => Promise<void>,
): Promise<Moves> {
  const running = new Map(present.instances.map((instance) => [keyOf(instance.settings), instance]));
  const wanted: Omit<Planned, 'how'>[] = [];
  const seen = new Set<string>();
  for (const { key, text } of part.instances) {
    if (seen.has(key)) throw new Error(`two instances for ${key}`);
    seen.add(key);
    const here = running.get(key) ?? null;
    const same = here !== null && present.texts.get(key) === text;
    if (!same) await pause();
    const settings = same ? here.settings : unpackInstance(text);
    if (keyOf(settings) !== key) throw new Error(`${keyOf(settings)} under the key ${key}`);
    wanted.push({ key, text, settings, running: here });
  }
  const rejoin = rejoining(
    { instances: present.instances.map(({ settings }) => shapeOf(settings)), groups: present.groups },
    { instances: wanted.map(({ settings }) => shapeOf(settings)), groups },
  );
  const planned = wanted.map((each): Planned => {
    if (each.running === null || rejoin.has(each.key)) return { ...each, how: 'join' };
    return { ...each, how: each.settings === each.running.settings ? 'keep' : 'change' };
  });
  const staying = new Set(planned.flatMap(({ how, running: here }) => (how === 'join' ? [] : [here])));
  return { planned, leaving: present.instances.filter((instance) => !staying.has(instance)) };
}

/** Addresses that are given up make room for those that another instance takes over. */
export function dropsFirst(planned: readonly Planned[]): Planned[] {
  const drops = ({ running, settings }: Planned): boolean => {
    const has = new Set(settings.addresses.map((a) => JSON.stringify(a)));
    return (running?.settings.addresses ?? []).some((a) => !has.has(JSON.stringify(a)));
  };
  const marked = planned.map((each) => ({ each, drops: drops(each) }));
  return [...marked.filter((m) => m.drops), ...marked.filter((m) => !m.drops)].map((m) => m.each);
}

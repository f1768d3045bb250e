import { OWNER } from '../core/vrrp/settings.js';
import type { PackedPart } from '../ports/channel.js';
import type { Alarms, Clock } from '../ports/clock.js';
import { type GroupChanged, type GroupSettings, SyncGroup, SyncGroups } from './groups.js';
import { Instance } from './instance.js';
import type { InstanceDeps } from './instance-deps.js';
import { dropsFirst, type Moves, movesOf, type Planned } from './moves.js';
import { type InstanceSettings, keyOf } from './settings.js';
import { Turns } from './turns.js';

export interface FleetDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** What each instance is made with. */
  readonly instance: InstanceDeps;
  readonly groupChanged: GroupChanged;
  /** The instances will be others: these. */
  readonly expect: (settings: readonly InstanceSettings[]) => void;
  /** What instances wait for before they take part, if anything. */
  readonly waits: () => readonly string[];
  /** The service ends, and nothing more is to be begun. */
  readonly stopped: () => boolean;
}

const STOPPING = 'the service is stopping';

/** All instances and their sync groups: made at the start, and led from one configuration to the next. */
export class Fleet {
  readonly #deps: FleetDeps;
  readonly #groups: SyncGroups;
  /** The settings of each as text, by key: what a reload compares. */
  readonly #texts: Map<string, string>;
  #grouped: readonly GroupSettings[];
  #applying = false;
  /** In the order of the file. */
  instances: readonly Instance[];

  constructor(settings: readonly InstanceSettings[], groups: readonly GroupSettings[], deps: FleetDeps) {
    this.#deps = deps;
    this.#grouped = groups;
    this.#groups = new SyncGroups(groups, deps.groupChanged);
    this.#texts = new Map(settings.map((each) => [keyOf(each), JSON.stringify(each)]));
    this.instances = settings.map((each) => this.#make(each));
  }

  /**
   * Goes over to other instances and groups, a few instances a turn; what does not differ is not touched.
   * @returns null when all is done, or why nothing was changed.
   */
  async apply(part: PackedPart, groups: readonly GroupSettings[]): Promise<string | null> {
    if (this.#deps.stopped()) return STOPPING;
    if (this.#applying) return 'another reload is being applied';
    this.#applying = true;
    try {
      const turns = new Turns(this.#deps);
      const present = { instances: this.instances, groups: this.#grouped, texts: this.#texts };
      const moves = await movesOf(present, part, groups, () => turns.breathe());
      if (this.#deps.stopped()) return STOPPING;
      await this.#move(moves, groups, turns);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    } finally {
      this.#applying = false;
    }
  }

  /** Whether all instances, in this order, are as they should be. */
  runs({ instances }: PackedPart): boolean {
    if (this.#applying || instances.length !== this.instances.length) return false;
    return instances.every(({ key, text }, i) => {
      const running = this.instances[i];
      return running !== undefined && keyOf(running.settings) === key && this.#texts.get(key) === text;
    });
  }

  #make(settings: InstanceSettings): Instance {
    return new Instance(settings, this.#deps.instance, this.#groups.of(settings.name));
  }

  async #move({ planned, leaving }: Moves, groups: readonly GroupSettings[], turns: Turns): Promise<void> {
    const held = new Map(leaving.map((instance) => [keyOf(instance.settings), instance.heldSince]));
    for (const instance of leaving) {
      await turns.breathe();
      // Alone: its stop is none of the others of its group.
      instance.regroup(new SyncGroup());
      instance.stop();
      this.#texts.delete(keyOf(instance.settings));
    }
    const gone = new Set(leaving);
    this.instances = this.instances.filter((instance) => !gone.has(instance));
    this.#deps.expect(planned.map(({ settings }) => settings));
    this.#regroup(planned, groups);
    for (const { key, text, settings, running } of dropsFirst(planned.filter(({ how }) => how === 'change'))) {
      await turns.breathe();
      this.#texts.set(key, text);
      running?.reconfigure(settings);
    }
    const made = new Map<string, Instance>();
    for (const { key, text, settings, how } of planned) {
      if (how !== 'join') continue;
      await turns.breathe();
      if (this.#deps.stopped()) return;
      this.#texts.set(key, text);
      made.set(key, this.#begin(settings, held.get(key) ?? null));
    }
    this.instances = planned.flatMap((each) => made.get(each.key) ?? each.running ?? []);
  }

  /** @param held since when the one before it was held BACKUP. */
  #begin(settings: InstanceSettings, held: string | null): Instance {
    const instance = this.#make(settings);
    this.instances = [...this.instances, instance];
    if (held !== null && settings.priority !== OWNER) void instance.yield(held);
    const waits = this.#deps.waits();
    if (waits.length > 0) instance.wait(waits);
    return instance;
  }

  /** Sync groups that go on are those that all of their instances were in already. */
  #regroup(planned: readonly Planned[], groups: readonly GroupSettings[]): void {
    const staying = planned.filter(({ how }) => how !== 'join');
    const homes = new Map(staying.map(({ settings, running }) => [settings.name, running?.group ?? null]));
    this.#grouped = groups;
    this.#groups.follow(groups, (name) => {
      const home = homes.get(name) ?? null;
      return home?.name == null ? null : home;
    });
    for (const { settings, running } of staying) {
      const group = this.#groups.find(settings.name);
      if (group !== null) running?.regroup(group);
      else if (running?.group.name != null) running.regroup(new SyncGroup());
    }
  }
}

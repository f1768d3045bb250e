import type { Verdict } from '../core/vrrp/conditions.js';
import { type Member, stepGroup } from '../core/vrrp/group.js';
import { verdictInGroup, waitsForGroup } from '../core/vrrp/group-verdict.js';
import { type Event, type Machine, type Step, step } from '../core/vrrp/machine.js';
import { reconsidered } from '../core/vrrp/reconfigure.js';
import type { Instant } from '../values/time.js';
import type { InstanceSettings } from './settings.js';

/** A sync group as configured; `instances` are names. */
export interface GroupSettings {
  readonly name: string;
  readonly instances: readonly string[];
}

export type GroupState = 'init' | 'backup' | 'master' | 'fault';

/** An instance as its group moves it. */
export interface Moved {
  readonly settings: InstanceSettings;
  readonly machine: Machine;
  /** The same for people: nothing is decided by it. */
  readonly glance: Machine;
  /** By its own conditions. */
  readonly ownVerdict: Verdict;
  /** Takes over a machine, and arms its timer. @returns what it was before. */
  adopt(machine: Machine): Machine;
  /** Carries out what follows. */
  carryOut(step: Step, before: Machine, event: Event, reason: string | null, now: Instant): void;
  /** Another member's conditions changed. */
  reweigh(): void;
  /** Reads what waits in its socket. */
  drain(): void;
  /** Gets ready to take over by then. */
  prepare(until: Instant): void;
  /** Tells people, when the network has been told. */
  tellLater(call: () => void): void;
}

/** Who wants to know of a group's changes. */
export type GroupChanged = (name: string, from: GroupState, to: GroupState, reason: string) => void;

/**
 * Feeds the machines of a sync group; an instance without one is a group of its own, without a name. One event at a
 * time: what carrying out a step brings about waits until the step is done.
 */
export class SyncGroup {
  /** null: its one instance is alone. */
  name: string | null;
  readonly #members: Moved[] = [];
  readonly #changed: GroupChanged;
  readonly #waiting: (() => void)[] = [];
  #busy = false;
  #state: GroupState = 'init';

  constructor(name: string | null = null, changed: GroupChanged = () => {}) {
    this.name = name;
    this.#changed = changed;
  }

  join(member: Moved): void {
    this.#members.push(member);
  }

  /** It moves by itself from now on, or takes part no more: what it had the others wait for is over. */
  leave(member: Moved, now: Instant): void {
    const at = this.#members.indexOf(member);
    if (at < 0) return;
    this.#members.splice(at, 1);
    for (const other of this.#members) {
      other.adopt(reconsidered(other.machine, now));
      other.reweigh();
    }
  }

  /** @param reason why, for people. Allocates nothing of its own for an instance alone: this is on the path of an advert. */
  feed(member: Moved, event: Event, reason: string | null, now: Instant): void {
    if (this.#busy) {
      this.#waiting.push(() => this.#step(member, event, reason, now));
      return;
    }
    this.#busy = true;
    try {
      this.#step(member, event, reason, now);
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) next();
    } finally {
      this.#busy = false;
    }
  }

  /** A member's verdict, with the others'. */
  verdict(member: Moved): Verdict {
    if (this.name === null) return member.ownVerdict;
    const judged = this.#members.map((m) => ({ name: m.settings.name, verdict: m.ownVerdict }));
    return verdictInGroup(this.name, judged, this.#members.indexOf(member));
  }

  /** Why a member waits although it might be master; for status. */
  waits(member: Moved, now: Instant): string[] {
    if (this.name === null) return [];
    const named = this.#members.map((m) => ({ name: m.settings.name, machine: m.glance }));
    const waits = waitsForGroup(this.name, named, this.#members.indexOf(member), now);
    return waits === null ? [] : [waits];
  }

  /** A member's own conditions changed. */
  reweigh(member: Moved): void {
    for (const other of this.#members) if (other !== member) other.reweigh();
  }

  /** Nobody claims before all have heard what waits for them. */
  drain(): void {
    for (const member of this.#members) member.drain();
  }

  prepare(until: Instant): void {
    for (const member of this.#members) member.prepare(until);
  }

  #step(member: Moved, event: Event, reason: string | null, now: Instant): void {
    if (this.name === null) {
      const alone = step(member.settings.vrrp, member.machine, event, now);
      member.carryOut(alone, member.adopt(alone.machine), event, reason, now);
      return;
    }
    const at = this.#members.indexOf(member);
    const list: Member[] = this.#members.map((m) => ({ settings: m.settings.vrrp, machine: m.machine }));
    const steps = stepGroup(list, at, event, now);
    // All machines first: what one carries out may ask for another's.
    const before = this.#members.map((m, i) => m.adopt(steps[i]?.machine ?? m.machine));
    const others = this.#onBehalfOf(member, reason);
    for (const i of [at, ...before.keys()].filter((i, k) => k === 0 || i !== at)) {
      const each = steps[i];
      const was = before[i];
      if (each === undefined || was === undefined) continue;
      this.#members[i]?.carryOut(each, was, event, i === at ? reason : others, now);
    }
    this.#compare(member, reason);
  }

  #onBehalfOf({ settings, machine }: Moved, reason: string | null): string {
    const who = `sync group ${this.name}: ${settings.name}`;
    return machine.state.kind === 'fault'
      ? `${who} is in fault: ${reason ?? 'unknown'}`
      : `${who}: ${reason ?? 'moved'}`;
  }

  /** Told of once all of its members have been. */
  #compare(member: Moved, reason: string | null): void {
    const kinds = this.#members.map((m) => m.machine.state.kind);
    const worst = (['fault', 'init', 'backup'] as const).find((kind) => kinds.includes(kind)) ?? 'master';
    if (worst === this.#state) return;
    const from = this.#state;
    this.#state = worst;
    const last = this.#members.findLast((m) => m !== member) ?? member;
    last.tellLater(() => this.#changed(this.name ?? '', from, worst, `${member.settings.name}: ${reason ?? 'moved'}`));
  }
}

/** The sync groups of a router. */
export class SyncGroups {
  readonly #changed: GroupChanged;
  /** By the names of their instances. */
  #homes: ReadonlyMap<string, SyncGroup> = new Map();

  constructor(settings: readonly GroupSettings[], changed: GroupChanged) {
    this.#changed = changed;
    this.follow(settings, () => null);
  }

  /** Other groups. @param kept the group that goes on for an instance of that name; null where it begins anew. */
  follow(settings: readonly GroupSettings[], kept: (instance: string) => SyncGroup | null): void {
    this.#homes = new Map(
      settings.flatMap(({ name, instances }) => {
        const group = kept(instances[0] ?? '') ?? new SyncGroup(name, this.#changed);
        group.name = name;
        return instances.map((instance) => [instance, group] as const);
      }),
    );
  }

  /** An instance's group; null where it has none. */
  find(instance: string): SyncGroup | null {
    return this.#homes.get(instance) ?? null;
  }

  /** An instance's group; one of its own where it has none. */
  of(instance: string): SyncGroup {
    return this.find(instance) ?? new SyncGroup();
  }
}

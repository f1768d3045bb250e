import { type Debounced, observe, settle, settlesAt } from '../core/track/debounce.js';
import type { Tracked } from '../core/track/verdict.js';
import { LINK_WORDS, type LinkCondition } from '../core/vrrp/conditions.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { InterfaceTrack } from './settings.js';

const isUp = (state: LinkCondition['state']): boolean => state === 'up';

/** The interfaces that one instance tracks, each change taken once it has lasted. */
export class LinkTracks {
  #tracks: readonly InterfaceTrack[];
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #changed: () => void;
  /** null while no track has a delay. */
  #alarm: Alarm | null = null;
  readonly #states = new Map<string, Debounced<LinkCondition['state']>>();

  /** @param changed what counts is another than before, without a new look. */
  constructor(
    tracks: readonly InterfaceTrack[],
    { clock, alarms }: { readonly clock: Clock; readonly alarms: Alarms },
    changed: () => void,
  ) {
    this.#tracks = tracks;
    this.#clock = clock;
    this.#alarms = alarms;
    this.#changed = changed;
    this.#prepare();
  }

  /** Other interfaces, or delays: what counts of one that stays goes on counting. */
  follow(tracks: readonly InterfaceTrack[]): void {
    this.#tracks = tracks;
    const names = new Set(tracks.map(({ name }) => name));
    for (const name of this.#states.keys()) if (!names.has(name)) this.#states.delete(name);
    this.#prepare();
    this.#arm();
  }

  /** How the interfaces are now. */
  look(links: readonly LinkCondition[]): void {
    const now = this.#clock.now();
    for (const { name, delays } of this.#tracks) {
      const state = links.find((link) => link.name === name)?.state ?? 'missing';
      this.#states.set(name, observe(this.#states.get(name) ?? null, state, isUp, delays, now));
    }
    this.#arm();
  }

  /** What counts of each; nothing before the first look. */
  tracked(): Tracked[] {
    return this.#tracks.flatMap(({ kind, name, weight, reverse }) => {
      const state = this.#states.get(name)?.counts;
      if (state === undefined) return [];
      const reason = state === 'up' ? null : LINK_WORDS[state];
      return [{ kind, name, weight, reverse, verdict: { up: state === 'up', reason } }];
    });
  }

  close(): void {
    this.#alarm?.close();
  }

  #prepare(): void {
    if (this.#alarm !== null || this.#tracks.every(({ delays }) => delays.up === 0 && delays.down === 0)) return;
    this.#alarm = this.#alarms.alarm(() => {
      this.#settle();
      this.#changed();
    });
  }

  #settle(): void {
    const now = this.#clock.now();
    for (const [name, state] of this.#states) this.#states.set(name, settle(state, now));
    this.#arm();
  }

  #arm(): void {
    if (this.#alarm === null) return;
    const at = settlesAt(this.#states.values());
    if (at === null) this.#alarm.clear();
    else this.#alarm.set(at);
  }
}

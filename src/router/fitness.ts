import { type TrackVerdict, trackId } from '../core/track/verdict.js';
import { judge, type Verdict } from '../core/vrrp/conditions.js';
import { OWNER } from '../core/vrrp/settings.js';
import type { Alarms, Clock } from '../ports/clock.js';
import { formatCidr } from '../values/ip.js';
import type { Surroundings } from './instance-deps.js';
import { LinkTracks } from './link-tracks.js';
import type { InstanceSettings } from './settings.js';

/** Gathers what decides whether one instance may serve, and with which priority. */
export class Fitness {
  #settings: InstanceSettings;
  readonly #links: LinkTracks;
  readonly #verdicts: ReadonlyMap<string, TrackVerdict>;
  #waits: readonly string[] = [];
  #held: readonly string[] = [];
  #refusal: string | null = null;
  #surroundings: Surroundings | null = null;
  #verdict: Verdict = { kind: 'pending', reasons: ['starting'] };

  /** @param changed a tracked link is believed to have changed: weigh again. */
  constructor(
    settings: InstanceSettings,
    deps: {
      readonly clock: Clock;
      readonly alarms: Alarms;
      readonly verdicts: ReadonlyMap<string, TrackVerdict>;
    },
    changed: () => void,
  ) {
    this.#settings = settings;
    this.#verdicts = deps.verdicts;
    this.#links = new LinkTracks(settings.interfaces, deps, changed);
  }

  /** What the interfaces last looked like; null before the first look. */
  get surroundings(): Surroundings | null {
    return this.#surroundings;
  }

  /** By the instance's own conditions. */
  get verdict(): Verdict {
    return this.#verdict;
  }

  look(surroundings: Surroundings): void {
    this.#surroundings = surroundings;
    this.#links.look(surroundings.trackedLinks);
  }

  /** It has other settings; what it knows of links and tracks that stay holds. */
  follow(settings: InstanceSettings): void {
    this.#settings = settings;
    this.#links.follow(settings.interfaces);
  }

  /** Whether the instance tracks it. */
  tracks(track: string): boolean {
    return this.#settings.tracks.some((t) => trackId(t) === track);
  }

  wait(waits: readonly string[]): void {
    this.#waits = waits;
  }

  hold(reasons: readonly string[]): void {
    this.#held = reasons;
  }

  /** What the kernel refused, or null when it is to be tried again. */
  refuse(refusal: string | null): void {
    this.#refusal = refusal;
  }

  /** Weighs it all. @returns whether the verdict is another one for the rest of a sync group. */
  weigh(): boolean {
    if (this.#surroundings === null) return false;
    const before = this.#verdict;
    const judged = this.#judge(this.#surroundings);
    const waits = this.#waits;
    this.#verdict = waits.length === 0 ? judged : { kind: 'pending', reasons: [...waits, ...judged.reasons] };
    return before.kind !== this.#verdict.kind || before.reasons.join() !== this.#verdict.reasons.join();
  }

  close(): void {
    this.#links.close();
  }

  #judge({ link, source, noSource = null, standing }: Surroundings): Verdict {
    const { priority, tracks, addresses } = this.#settings;
    const told = tracks.map((t) => ({ ...t, verdict: this.#verdicts.get(trackId(t)) ?? null }));
    const all = addresses.map((a) => formatCidr(a.cidr));
    const notOwned = priority === OWNER ? all.filter((address) => !standing.has(address)) : [];
    const held = notOwned.map((a) => `priority 255 says that this host owns ${a}, which is not on its interface`);
    return judge({
      priority,
      link,
      source,
      noSource,
      tracks: [...this.#links.tracked(), ...told],
      refusal: this.#refusal,
      held: [...this.#held, ...held],
    });
  }
}

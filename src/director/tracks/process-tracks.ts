import { same } from '../../core/reload/differences.js';
import { type Debounced, type Delays, observe, settle, settlesAt } from '../../core/track/debounce.js';
import { countedReason } from '../../core/track/process.js';
import type { TrackVerdict } from '../../core/track/verdict.js';
import type { Alarm, Alarms, Clock } from '../../ports/clock.js';
import type { Processes } from '../../ports/processes.js';
import type { Log } from '../../values/log.js';

/** One track as configured. */
export interface ProcessTrack {
  readonly name: string;
  readonly process: string;
  /** So many must live. */
  readonly quorum: number;
  readonly delays: Delays;
}

export interface ProcessTracksDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly processes: Processes;
  readonly log: Log;
  readonly verdict: (name: string, verdict: TrackVerdict) => void;
}

const isUp = (verdict: TrackVerdict): boolean => verdict.up;

/** Judges how many processes live: each change once it has lasted. */
export class ProcessTracks {
  #tracks: readonly ProcessTrack[];
  readonly #deps: ProcessTracksDeps;
  readonly #alarm: Alarm;
  #states: (Debounced<TrackVerdict> | undefined)[] = [];
  #watch: { close(): void } | null = null;

  constructor(tracks: readonly ProcessTrack[], deps: ProcessTracksDeps) {
    this.#tracks = tracks;
    this.#deps = deps;
    this.#alarm = deps.alarms.alarm(() => this.#settle());
  }

  start(): void {
    if (this.#tracks.length === 0) return;
    this.#watch = this.#deps.processes.watch(
      this.#tracks.map((track) => track.process),
      {
        counted: (counts) => this.#counted(counts),
        polls: (why) =>
          this.#deps.log.warn(
            { why },
            `the kernel does not tell of processes here (${why}): ends are told of all the same, starts are looked for each second`,
          ),
      },
    );
  }

  /** Goes on with other tracks; those that are the same keep their verdict, and the change that they wait for. */
  follow(tracks: readonly ProcessTrack[]): void {
    if (same(tracks, this.#tracks)) return;
    const states = new Map(this.#tracks.map((track, i) => [track.name, { track, state: this.#states[i] }]));
    this.#states = tracks.map((track) => {
      const known = states.get(track.name);
      return known !== undefined && same(known.track, track) ? known.state : undefined;
    });
    this.#tracks = tracks;
    this.#watch?.close();
    this.#watch = null;
    this.start();
    this.#tell();
  }

  stop(): void {
    this.#watch?.close();
    this.#alarm.close();
  }

  #counted(counts: readonly number[]): void {
    const now = this.#deps.clock.now();
    this.#tracks.forEach(({ quorum, delays }, i) => {
      const count = counts[i] ?? 0;
      const up = count >= quorum;
      const verdict = { up, reason: up ? null : countedReason(count, quorum) };
      this.#states[i] = observe(this.#states[i] ?? null, verdict, isUp, delays, now);
    });
    this.#tell();
  }

  #settle(): void {
    const now = this.#deps.clock.now();
    this.#states.forEach((state, i) => {
      if (state !== undefined) this.#states[i] = settle(state, now);
    });
    this.#tell();
  }

  #tell(): void {
    this.#tracks.forEach(({ name }, i) => {
      const state = this.#states[i];
      if (state !== undefined) this.#deps.verdict(name, state.counts);
    });
    const at = settlesAt(this.#states.filter((state) => state !== undefined));
    if (at === null) this.#alarm.clear();
    else this.#alarm.set(at);
  }
}

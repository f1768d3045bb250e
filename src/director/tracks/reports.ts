import { type TrackKind, type TrackVerdict, trackId } from '../../core/track/verdict.js';
import type { Happening } from '../events.js';

/** What a source of verdicts needs. */
export interface ReportsDeps {
  /** To the router. */
  readonly send: (track: string, verdict: TrackVerdict) => void;
  /** Into log and events. */
  readonly tell: (happening: Happening) => void;
  /** The wall clock as ISO 8601. */
  readonly wall: () => string;
}

/** Passes on what changed of each track's verdict: to the router all of it, into the events what it means once. */
export class Reports {
  readonly #deps: ReportsDeps;
  readonly #last = new Map<string, TrackVerdict>();

  constructor(deps: ReportsDeps) {
    this.#deps = deps;
  }

  /** Tells the router again what is known of these tracks, and forgets all others. */
  keepOnly(tracks: ReadonlySet<string>): void {
    for (const [track, verdict] of this.#last) {
      if (tracks.has(track)) this.#deps.send(track, verdict);
      else this.#last.delete(track);
    }
  }

  /** Only to the router: what people are told of it they hear by another word. */
  pass(track: string, verdict: TrackVerdict): void {
    const before = this.#last.get(track);
    if (before?.up === verdict.up && before.reason === verdict.reason) return;
    this.#last.set(track, verdict);
    this.#deps.send(track, verdict);
  }

  say(kind: TrackKind, name: string, verdict: TrackVerdict): void {
    const track = trackId({ kind, name });
    const before = this.#last.get(track);
    const sameSide = before?.up === verdict.up && before.value === verdict.value;
    if (sameSide && before.reason === verdict.reason) return;
    this.#last.set(track, verdict);
    this.#deps.send(track, verdict);
    const happening = { time: this.#deps.wall(), subject: 'track', name: track };
    if (verdict.value !== undefined) {
      this.#deps.tell({ ...happening, what: 'value', reason: verdict.reason ?? String(verdict.value) });
      return;
    }
    // Another reason for the same is no news, but status should tell it.
    if (!sameSide) this.#deps.tell({ ...happening, what: verdict.up ? 'up' : 'down', reason: verdict.reason });
  }
}

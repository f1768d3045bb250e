import type { Daemons, Implementation, Speech } from './daemons.js';
import { PRIORITIES } from './daemons.js';
import type { Scope } from './scope.js';
import { isAdvert, Segment } from './segment.js';
import { median, most, quantile } from './stats.js';

/** How regular a master's adverts are, in µs; what is compared is the interval between two with the one configured. */
export interface Jitter {
  readonly adverts: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** How much longer the mean interval is than the one configured: what a day adds up. */
  readonly drift: number;
}

/** The first adverts of a new master are not on its grid yet. */
const SETTLING = 3;

/** A lone master whose adverts are written down until `result` is asked for. */
export class JitterWatch {
  readonly #segment: Segment;
  readonly #speech: Speech;

  private constructor(segment: Segment, speech: Speech) {
    this.#segment = segment;
    this.#speech = speech;
  }

  static async start(
    scope: Scope,
    network: string,
    daemons: Daemons,
    which: Implementation,
    speech: Speech,
  ): Promise<JitterWatch> {
    const segment = await Segment.make(scope, network, `j${which[0]}${speech.intervalMs}`, 1);
    daemons.start(which, segment.namespaces[0] ?? '', 0, speech);
    return new JitterWatch(segment, speech);
  }

  result(): Jitter {
    const times = this.#segment.packets.filter(isAdvert(0, PRIORITIES[0])).map((packet) => packet.at);
    return jitterOf(times.slice(SETTLING), this.#speech.intervalMs * 1000);
  }
}

/** @param times of successive adverts, µs @param interval as configured, µs @throws when there are too few */
export function jitterOf(times: readonly number[], interval: number): Jitter {
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || times.length < 3) {
    throw new Error(`${times.length} adverts seen: too few to say anything`);
  }
  const errors = times.slice(1).map((at, i) => Math.abs(at - (times[i] ?? at) - interval));
  return {
    adverts: times.length,
    p50: median(errors),
    p99: quantile(errors, 0.99),
    max: most(errors),
    drift: (last - first) / (times.length - 1) - interval,
  };
}

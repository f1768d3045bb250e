import type { Ip } from '../../values/ip.js';
import { between, type Duration, type Instant, micros } from '../../values/time.js';

/** A crossing in the network is over after so many turns from one speaker to the other. */
const TURNS = 3;

/**
 * Notices two masters beside each other by the adverts that are heard. One advert of a loser is no news: it may have
 * crossed ours on the way. One that goes on for an interval after we answered does not hear us, or does not
 * understand; and where we are backup, speakers that take turns again and again are two masters.
 */
export class Rivals {
  /** We are master: the other one, and since when and until when it was heard. */
  #rival: Ip | null = null;
  #first = 0;
  #latest = 0;
  /** We are backup: who spoke last, who before him, and how often they took turns. */
  #speaker: Ip | null = null;
  #before: Ip | null = null;
  #turnedAt = 0;
  #turns = 0;

  /**
   * An advert with a priority above 0 that was understood.
   * @param asMaster we were master when it came, and are still.
   * @param interval between adverts, the longer one where they differ.
   * @returns whether there are two masters.
   */
  heard(from: Ip, asMaster: boolean, interval: Duration, now: Instant): boolean {
    const window = micros(4 * interval);
    return asMaster ? this.#besideUs(from, interval, window, now) : this.#besideEachOther(from, window, now);
  }

  #besideUs(from: Ip, interval: Duration, window: Duration, now: Instant): boolean {
    this.#turns = 0;
    if (this.#rival !== from || between(this.#latest as Instant, now) > window) {
      this.#rival = from;
      this.#first = now;
    }
    this.#latest = now;
    return between(this.#first as Instant, now) >= interval;
  }

  #besideEachOther(from: Ip, window: Duration, now: Instant): boolean {
    this.#rival = null;
    if (from !== this.#speaker) {
      const again = from === this.#before && between(this.#turnedAt as Instant, now) <= window;
      this.#turns = again ? this.#turns + 1 : 1;
      this.#before = this.#speaker;
      this.#speaker = from;
      this.#turnedAt = now;
    }
    return this.#turns >= TURNS && between(this.#turnedAt as Instant, now) <= window;
  }
}

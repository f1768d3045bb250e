import type { Advert } from '../core/vrrp/advert.js';
import { advertOf } from '../core/vrrp/settings.js';
import type { Lan } from '../ports/lan.js';
import { type Failure, formatFailure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';
import type { InstanceSettings } from './settings.js';

/** So many adverts lost in a row make the others take over: then we must not hold on. */
const LOST_ADVERTS = 3;

/** Sends one instance's adverts, and notices when none gets out any more. */
export class Speaker {
  #settings: InstanceSettings;
  readonly #log: Log;
  readonly #adverts = new Map<number, Advert>();
  #lost = 0;
  #lastFailure: Failure | null = null;
  /** How many went out. */
  sent = 0;

  constructor(settings: InstanceSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
  }

  /** Its adverts say something else, or go elsewhere, from now on. */
  follow(settings: InstanceSettings): void {
    this.#settings = settings;
    this.#adverts.clear();
  }

  /** An advert was handed over, and the kernel refused it afterwards. */
  failed(failure: Failure): void {
    this.#lastFailure = failure;
  }

  /** @returns null, or why so many adverts were lost that the others take over. */
  send(lan: Lan, priority: number, source: Ip): string | null {
    const failure = lan.send(this.advertWith(priority), source) ?? this.#lastFailure;
    this.#lastFailure = null;
    if (failure === null) {
      this.sent += 1;
      this.#lost = 0;
      return null;
    }
    this.#lost += 1;
    if (this.#lost === 1) this.#log.warn({ instance: this.#settings.name, failure }, formatFailure(failure));
    if (this.#lost < LOST_ADVERTS) return null;
    this.#lost = 0;
    return `cannot send adverts: ${formatFailure(failure)}`;
  }

  /** So many went out without being asked for here. */
  went(count: number): void {
    this.sent += count;
    this.#lost = 0;
    this.#lastFailure = null;
  }

  /** One record a priority: the lan encodes each record once. */
  advertWith(priority: number): Advert {
    const known = this.#adverts.get(priority);
    if (known !== undefined) return known;
    const advert = advertOf(this.#settings.vrrp, priority);
    this.#adverts.set(priority, advert);
    return advert;
  }
}

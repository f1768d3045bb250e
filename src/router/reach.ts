import { type Failure, formatFailure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';

/** Unicast peers of one instance that no route leads to: they are told of, and adverts go on to the others. */
export class Reach {
  #instance: string;
  readonly #log: Log;
  readonly #missing = new Map<Ip, string>();

  constructor(instance: string, log: Log) {
    this.#instance = instance;
    this.#log = log;
  }

  /** It has another name, and other peers perhaps. */
  follow(instance: string, peers: readonly Ip[]): void {
    this.#instance = instance;
    for (const peer of this.#missing.keys()) if (!peers.includes(peer)) this.#missing.delete(peer);
  }

  /** @param why null: there is a route again. */
  tell(peer: Ip, why: Failure | null): void {
    if (why === null) {
      this.#missing.delete(peer);
      this.#log.info({ instance: this.#instance, peer }, `${this.#instance}: adverts go to ${peer} again`);
      return;
    }
    const text = `no route to peer ${peer}: ${formatFailure(why)}`;
    this.#missing.set(peer, text);
    this.#log.warn({ instance: this.#instance, peer, failure: why }, `${this.#instance}: ${text}`);
  }

  /** For status. */
  reasons(): string[] {
    return [...this.#missing.values()];
  }
}

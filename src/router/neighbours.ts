import { differences, refuse } from '../core/vrrp/accept.js';
import type { Advert, DropReason } from '../core/vrrp/advert.js';
import { Rivals } from '../core/vrrp/rivals.js';
import { masterDownInterval } from '../core/vrrp/timing.js';
import type { Ip } from '../values/ip.js';
import { after, between, type Duration, type Instant, micros, seconds } from '../values/time.js';
import { Anomalies, type AnomalyDeps } from './anomalies.js';
import type { InstanceSettings } from './settings.js';

/** What is wrong with a neighbour is over when it was not seen for so long, or three intervals. */
const QUIET = seconds(10);
/** From so long after our addresses stand, another host that claims one is a conflict. */
const CLAIMED = seconds(1);
/** DEFEND_INTERVAL: addresses are announced against another claim no more often (RFC 5227 §1.1). */
const DEFEND_EVERY = seconds(10);

/** What one instance hears of others: whether it can be believed, and what is wrong with it. */
export class Neighbours {
  #settings: InstanceSettings;
  readonly #deps: AnomalyDeps;
  readonly #anomalies: Anomalies;
  readonly #rivals = new Rivals();
  #otherUntil: Instant | null = null;
  #defendedAt: Instant | null = null;

  constructor(settings: InstanceSettings, deps: AnomalyDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#anomalies = new Anomalies(settings.name, quietOf(settings), deps);
  }

  /** It has other settings; what was heard was heard. */
  follow(settings: InstanceSettings): void {
    this.#settings = settings;
    this.#anomalies.follow(settings.name, quietOf(settings));
  }

  /** Whether a well-formed advert is for the machine; counted where it is not, or is unlike ours. */
  believes(source: Ip | null, from: Ip, advert: Advert): boolean {
    const { vrrp } = this.#settings;
    const refusal = refuse(vrrp, source, from, advert);
    if (refusal !== null) {
      this.#anomalies.dropped(refusal, from);
      return false;
    }
    for (const difference of differences(vrrp, advert)) this.#anomalies.differing(difference, from);
    return true;
  }

  /**
   * The machine took another master's advert.
   * @param asMaster we were master when it came, and are still. @param master whom we took for master before.
   */
  heard(from: Ip, advert: Advert, asMaster: boolean, master: Ip | null, now: Instant): void {
    const { version, interval: ours } = this.#settings.vrrp;
    const interval = micros(Math.max(ours, advert.interval));
    // When a master that said this must have said more, to be there still.
    this.#otherUntil = after(now, masterDownInterval(version, interval, 1));
    if (!this.#rivals.heard(from, asMaster, interval, now)) return;
    const text = asMaster
      ? `${from} is master as well, with priority ${advert.priority}: it does not hear our adverts, or refuses them`
      : `${from} and ${master ?? 'another router'} are master at the same time`;
    this.#anomalies.twoMasters(from, text);
  }

  /** Whether another router that is master was heard lately. */
  get hearsOther(): boolean {
    return this.#otherUntil !== null && this.#deps.clock.now() < this.#otherUntil;
  }

  /** A packet for our VRID that is no advert for us. */
  dropped(why: DropReason, from: Ip | null): void {
    this.#anomalies.dropped(why, from);
  }

  /**
   * Another host says that it has an address which stands here since `heldAt`.
   * @returns whether it is to be announced again.
   */
  contested(address: Ip, hardware: string, heldAt: Instant): boolean {
    const now = this.#deps.clock.now();
    // A master that was just pushed aside may have spoken before it heard of us.
    if (between(heldAt, now) < CLAIMED) return false;
    this.#anomalies.conflict(address, `${hardware} says that it has ${address}, which is ours while we are master`);
    if (this.#defendedAt !== null && between(this.#defendedAt, now) < DEFEND_EVERY) return false;
    this.#defendedAt = now;
    return true;
  }

  lasting(): ReturnType<Anomalies['lasting']> {
    return this.#anomalies.lasting();
  }

  totals(fate: 'dropped' | 'taken'): ReturnType<Anomalies['totals']> {
    return this.#anomalies.totals(fate);
  }

  close(): void {
    this.#anomalies.close();
  }
}

const quietOf = ({ vrrp }: InstanceSettings): Duration => micros(Math.max(QUIET, 3 * vrrp.interval));

import { nearest } from '../config/nearest.js';
import type { Outcome, Refused, YieldReport } from '../control/service.js';
import type { InstanceStatus } from '../core/status.js';
import type { Channel, ToDirector, ToRouter, YieldAnswer } from '../ports/channel.js';
import type { Alarms, Clock } from '../ports/clock.js';
import type { Log } from '../values/log.js';
import { after, type Duration, micros, seconds } from '../values/time.js';
import type { Happening } from './events.js';
import type { Holds } from './holds.js';
import { messageOf } from './stored.js';

export interface YieldsDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly channel: Channel<ToRouter, ToDirector>;
  readonly log: Log;
  readonly wall: () => string;
  /** Where holds are stored, for messages. */
  readonly place: string;
  /** Logs it and adds it to the events. */
  readonly tell: (happening: Happening) => void;
  /** How long the router may take to answer for an instance: its Master_Down_Interval and a margin. */
  readonly patience: Duration;
  readonly names: readonly string[];
}

/** `directorctl failover` and `resume`: the router does it, this stores it. */
export class Yields {
  readonly #deps: YieldsDeps;
  readonly #asked = new Map<number, (answer: YieldAnswer) => void>();
  #holds: Holds | null = null;
  #names: readonly string[];
  #patience: Duration;
  #id = 0;
  /** One at a time: two at once would store in another order than the router acted. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(deps: YieldsDeps) {
    this.#deps = deps;
    this.#names = deps.names;
    this.#patience = deps.patience;
  }

  /** Goes on with other instances; what is held stays held. */
  follow(instances: readonly { readonly name: string; readonly advert_int: Duration }[]): void {
    this.#names = instances.map((instance) => instance.name);
    this.#patience = patienceFor(instances);
  }

  /** What was stored. The router has read the same before it started. */
  loaded(holds: Holds): void {
    this.#holds = holds;
  }

  /** The router answered. */
  answered(id: number, answer: YieldAnswer): void {
    this.#asked.get(id)?.(answer);
  }

  failover(name: string): Promise<Outcome<YieldReport>> {
    return this.#inTurn(() => this.#failover(name));
  }

  resume(name: string): Promise<Outcome<YieldReport>> {
    return this.#inTurn(() => this.#resume(name));
  }

  /**
   * What is stored follows what the router does: a director that died between the two left them apart. The router read
   * the stored holds at its start, so what it does now is what was asked for last.
   */
  async align(instances: () => readonly InstanceStatus[]): Promise<void> {
    const holds = this.#holds;
    if (holds === null) return;
    const apart = ({ name, admin }: InstanceStatus): boolean => (admin === 'failover') !== holds.since.has(name);
    if (!instances().some(apart)) return;
    await this.#inTurn(async () => {
      // Looked at again: a verb that was under way has brought them together meanwhile.
      for (const { name, adminSince: since } of instances().filter(apart)) {
        const held = since === null ? 'no longer held' : 'held';
        this.#deps.log.warn({ instance: name, since }, `${name} is ${held} BACKUP by the router: stores that`);
        await holds.set([name], since).catch((error: unknown) => {
          this.#deps.log.error({ instance: name }, `${name}: that cannot be stored: ${messageOf(error)}`);
        });
      }
    });
  }

  /** What an operator must know: instances without a master because of us, and holds of instances that are gone. */
  problems(instances: readonly InstanceStatus[]): string[] {
    const lonely = instances
      .filter((i) => i.admin === 'failover' && i.master === null && i.state !== 'master')
      .map(
        (i) =>
          `${i.name} has no master: it is held BACKUP here, and no other router is heard; directorctl resume ${i.name} takes it back`,
      );
    const gone = [...(this.#holds?.since.keys() ?? [])]
      .filter((name) => !this.#names.includes(name))
      .map((name) => `${name} is held BACKUP, but not in the configuration: directorctl resume ${name} forgets that`);
    return [...lonely, ...gone];
  }

  async #failover(name: string): Promise<Outcome<YieldReport>> {
    const { wall, place } = this.#deps;
    const names = this.#names;
    const holds = this.#holds;
    if (!names.includes(name)) return unknown(name, names);
    if (holds === null) return refused('busy', 'directord is starting: try again in a moment');
    try {
      // Before anything moves: what could not be stored would end with the next restart.
      await holds.probe();
    } catch (error) {
      return refused('state', `nothing was changed: a failover cannot be stored in ${place}: ${messageOf(error)}`);
    }
    const since = wall();
    const answer = await this.#ask(name, since);
    if (!answer.ok) return answer;
    const members = answer.instances.map((i) => i.name);
    try {
      await holds.set(members, since);
    } catch (error) {
      await this.#ask(name, null);
      return refused(
        'state',
        `${name} was given away and taken back: that cannot be stored in ${place}: ${messageOf(error)}`,
      );
    }
    for (const each of members) this.#tell(each, 'failover', each === name ? null : `with ${name}`);
    return { ok: true, value: { instances: answer.instances } };
  }

  async #resume(name: string): Promise<Outcome<YieldReport>> {
    const { place } = this.#deps;
    const names = this.#names;
    const holds = this.#holds;
    if (holds === null) return refused('busy', 'directord is starting: try again in a moment');
    if (!names.includes(name) && !holds.since.has(name)) return unknown(name, names);
    const group = names.includes(name) ? await this.#ask(name, null) : null;
    if (group !== null && !group.ok) return group;
    const members = group?.instances ?? [];
    try {
      await holds.set([name, ...members.map((m) => m.name)], null);
    } catch (error) {
      const why = `resumed, but that cannot be stored in ${place}, so that a restart holds it again: ${messageOf(error)}`;
      return refused('state', `${name} is ${why}`);
    }
    const forgotten = group === null ? 'it is not in the configuration any more' : null;
    for (const each of group === null ? [name] : members.map((m) => m.name)) this.#tell(each, 'resume', forgotten);
    return { ok: true, value: { instances: members } };
  }

  #tell(name: string, what: string, reason: string | null): void {
    this.#deps.tell({ time: this.#deps.wall(), subject: 'admin', name, what, reason });
  }

  #ask(instance: string, since: string | null): Promise<YieldAnswer> {
    const { clock, alarms, channel } = this.#deps;
    this.#id += 1;
    const id = this.#id;
    return new Promise((resolve) => {
      const settle = (answer: YieldAnswer): void => {
        bound.close();
        this.#asked.delete(id);
        resolve(answer);
      };
      const silent: YieldAnswer = refused('busy', `the router process does not answer: see directorctl status`);
      const bound = alarms.alarm(() => settle(silent));
      bound.set(after(clock.now(), this.#patience));
      this.#asked.set(id, settle);
      if (!channel.send({ kind: 'yield', id, instance, since })) settle(silent);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

/** How long the slowest of these instances may take: its Master_Down_Interval (four intervals and a second), and a margin. */
export const patienceFor = (instances: readonly { readonly advert_int: Duration }[]): Duration =>
  micros(4 * Math.max(0, ...instances.map((i) => i.advert_int)) + seconds(6));

const refused = (code: string, message: string): Refused => ({ ok: false, code, message });

function unknown(name: string, names: readonly string[]): Refused {
  const typed = name.slice(0, 63);
  const meant = nearest(typed, names);
  const there = names.length === 0 ? 'there is none' : `there ${names.length === 1 ? 'is' : 'are'} ${listed(names)}`;
  return refused('unknown-instance', `no instance ${typed}; ${meant === null ? there : `did you mean ${meant}?`}`);
}

const listed = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');

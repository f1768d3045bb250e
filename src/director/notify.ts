import type { Config } from '../config/schema.js';
import type { GroupFacts, InstanceFacts } from '../core/notify/environment.js';
import { fifoLine, type Transition } from '../core/notify/transition.js';
import type { Channel, LeftProcess, ToDirector, Told, ToRouter } from '../ports/channel.js';
import { formatCidr } from '../values/ip.js';
import type { Log } from '../values/log.js';
import { after, millis, seconds } from '../values/time.js';
import type { Happening } from './events.js';
import { NotifyFifo, type NotifyFifoDeps } from './notify-fifo.js';
import { NotifyLane, type NotifyLaneDeps, type NotifySettings } from './notify-lane.js';

/** What notifications need of this system. */
export type NotifySystem = Pick<NotifyFifoDeps, 'openFifo'> & Pick<NotifyLaneDeps, 'bornOf' | 'endLeft'>;

export interface NotifyDeps extends NotifyFifoDeps, Omit<NotifyLaneDeps, 'telling' | 'told' | 'failed'> {
  readonly channel: Channel<ToRouter, ToDirector>;
  readonly wall: () => string;
  readonly log: Log;
  /** A command failed: an event. */
  readonly happened: (happening: Happening) => void;
}

/** After the router's death its instances are told to have stopped, for so long at most. */
const LAST_WORDS = seconds(5);

/** An instance whose notifications were taken out of the file. */
const SILENT: NotifySettings = {
  master: null,
  backup: null,
  fault: null,
  stop: null,
  any: null,
  timeout: seconds(1),
  user: null,
};

/** Tells people's programs of changes of state, as the router hands them over, and tells the router what is done. */
export class Notify {
  readonly #deps: NotifyDeps;
  readonly #lanes = new Map<string, NotifyLane>();
  /** Lanes that the configuration before this one took away. */
  #left: Set<string> = new Set();
  #fifo: NotifyFifo | null = null;
  #path: string | null = null;
  /** The latest that each lane was given: a router that is not sure sends one twice. */
  readonly #latest = new Map<string, number>();
  /** What each subject's lane and the FIFO heard last of each subject. */
  readonly #states = new Map<string, Transition>();

  constructor(config: Config, deps: NotifyDeps) {
    this.#deps = deps;
    this.follow(config);
  }

  /**
   * Goes on with another configuration. What is under way or waits is told as it was meant; a lane that is gone keeps its
   * commands until all is told, its instance's stop above all. Lines that wait go into the new FIFO.
   */
  follow({ vrrp }: Config): void {
    const path = vrrp.notify_fifo?.path ?? null;
    if (path !== this.#path) {
      const former = this.#fifo;
      this.#fifo = path === null ? null : this.#fifoAt(path);
      for (const { text, written } of former?.retire() ?? []) {
        if (this.#fifo === null) written();
        else this.#fifo.write(text, written);
      }
      this.#fifo?.begin();
      this.#path = path;
    }
    const gone = new Set(this.#lanes.keys());
    for (const each of vrrp.instances) {
      gone.delete(`instance ${each.name}`);
      this.#add(`instance ${each.name}`, each.name, each.notify, {
        interface: each.interface,
        virtualRouterId: each.virtual_router_id,
        addresses: each.virtual_addresses.map((a) => formatCidr(a.cidr)),
      });
    }
    for (const each of vrrp.sync_groups) {
      gone.delete(`group ${each.name}`);
      this.#add(`group ${each.name}`, each.name, each.notify, { instances: each.instances });
    }
    for (const lane of gone)
      if (this.#lanes.get(lane)?.idle === true && this.#left.delete(lane)) this.#lanes.delete(lane);
    this.#left = gone;
  }

  /** What directors before this one told of last. */
  standing(told: readonly Told[]): void {
    for (const { lane, transition } of told) {
      this.#latest.set(lane, Math.max(transition.sequence, this.#latest.get(lane) ?? 0));
      this.#states.set(`${lane} ${transition.subject} ${transition.name}`, transition);
    }
  }

  /** A transition from the router. */
  take(lane: string, transition: Transition, left: LeftProcess | null): void {
    if (transition.sequence <= (this.#latest.get(lane) ?? 0)) return;
    this.#latest.set(lane, transition.sequence);
    this.#states.set(`${lane} ${transition.subject} ${transition.name}`, transition);
    const told = (): void => void this.#deps.channel.send({ kind: 'told', lane, sequence: transition.sequence });
    const commands = this.#lanes.get(lane);
    if (commands !== undefined) commands.take(transition, left);
    else if (this.#fifo !== null && lane === 'fifo') this.#fifo.write(fifoLine(transition), told);
    else told();
  }

  /** What is wrong right now, one sentence each. */
  problems(): string[] {
    const problem = this.#fifo?.problem ?? null;
    return problem === null ? [] : [problem];
  }

  /** The router is dead, and its instances with it: that is told as their stop, in a bounded time. */
  async routerDied(): Promise<void> {
    for (const [key, last] of [...this.#states]) {
      if (last.to === 'stop') continue;
      const lane = key.slice(0, key.length - ` ${last.subject} ${last.name}`.length);
      const sequence = (this.#latest.get(lane) ?? 0) + 1;
      const reason = 'the router process died';
      this.take(
        lane,
        { ...last, from: last.to, to: 'stop', sequence, reason, time: this.#deps.wall(), folded: 0 },
        null,
      );
    }
    await this.#idle();
  }

  /** Ends what runs. */
  stop(): void {
    for (const lane of this.#lanes.values()) lane.stop();
    this.#fifo?.stop();
  }

  #idle(): Promise<void> {
    const { clock, alarms } = this.#deps;
    const until = after(clock.now(), LAST_WORDS);
    return new Promise((resolve) => {
      const look = (): void => {
        const done = (this.#fifo?.idle ?? true) && [...this.#lanes.values()].every((lane) => lane.idle);
        if (!done && clock.now() < until) {
          alarm.set(after(clock.now(), millis(20)));
          return;
        }
        alarm.close();
        resolve();
      };
      const alarm = alarms.alarm(look);
      look();
    });
  }

  #fifoAt(path: string): NotifyFifo {
    const { channel } = this.#deps;
    return new NotifyFifo(path, this.#deps, (made) => void channel.send({ kind: 'fifo', path, made }));
  }

  #add(lane: string, name: string, settings: NotifySettings | null, facts: InstanceFacts | GroupFacts): void {
    const known = this.#lanes.get(lane);
    if (known !== undefined) {
      known.follow(settings ?? SILENT, facts);
      return;
    }
    if (settings === null) return;
    const { channel, happened, wall, log } = this.#deps;
    const commands = new NotifyLane(settings, facts, {
      ...this.#deps,
      telling: (sequence, process) => void channel.send({ kind: 'telling', lane, sequence, process }),
      told: (sequence) => void channel.send({ kind: 'told', lane, sequence }),
      failed: (reason) => {
        log.warn({ notify: name, reason }, `${name}: ${reason}`);
        happened({ time: wall(), subject: 'notify', name, what: 'failed', reason });
      },
    });
    this.#lanes.set(lane, commands);
  }
}

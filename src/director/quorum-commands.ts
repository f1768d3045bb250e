import type { Service } from '../config/schema.js';
import type { Quorum } from '../core/ipvs/quorum.js';
import { type ServiceKey, serverId, serviceId } from '../core/ipvs/table.js';
import { acknowledged, emptyLane, handedOver, type Lane, put, unsent } from '../core/notify/lane.js';
import type { QuorumState } from '../core/notify/transition.js';
import type { Log } from '../values/log.js';
import type { Happening } from './events.js';
import { NotifyLane, type NotifyLaneDeps, type QuorumSettings } from './notify-lane.js';

export interface QuorumCommandsDeps extends Omit<NotifyLaneDeps, 'telling' | 'told' | 'failed' | 'endLeft'> {
  readonly wall: () => string;
  readonly log: Log;
  /** A command failed: an event. */
  readonly happened: (happening: Happening) => void;
}

/** What is known of a service when its commands are chosen. */
export interface QuorumSeen {
  readonly name: string;
  readonly keys: readonly ServiceKey[];
  readonly quorum: Quorum;
  /** Why it has not its quorum; null where it has. */
  readonly reason: string | null;
}

interface Teller {
  readonly commands: NotifyLane;
  lane: Lane;
  told: QuorumState | null;
}

/** So many changes of one service wait for its commands; more are folded, and the last one counts. */
const WAITING = 2;
/** The commands of so many services run at the same time: a network that fails takes all of them down at once. */
const AT_ONCE = 8;

/** Runs `on_quorum_up` and `on_quorum_down`: those of one service in order and one at a time. */
export class QuorumCommands {
  readonly #deps: QuorumCommandsDeps;
  readonly #tellers = new Map<string, Teller>();
  readonly #busy = new Set<Teller>();
  readonly #waiting = new Set<Teller>();
  #sequence = 0;
  #idle: (() => void)[] = [];

  constructor(deps: QuorumCommandsDeps) {
    this.#deps = deps;
  }

  /** The services of another configuration; what waits or runs is ended as it was meant. */
  follow(services: readonly Service[]): void {
    const gone = new Set(this.#tellers.keys());
    for (const { name, on_quorum_up: up, on_quorum_down: down } of services) {
      if (up === null && down === null) continue;
      gone.delete(name);
      const known = this.#tellers.get(name);
      if (known === undefined) this.#add(name, { kind: 'quorum', up, down });
      else known.commands.follow({ kind: 'quorum', up, down });
    }
    for (const name of gone) this.#tellers.delete(name);
  }

  /** Whether a service has commands. */
  has(name: string): boolean {
    return this.#tellers.has(name);
  }

  /** A service has its quorum, or not; what was told already is not told again. */
  look({ name, keys, quorum, reason }: QuorumSeen): void {
    const teller = this.#tellers.get(name);
    if (teller === undefined || quorum === 'open' || quorum === teller.told) return;
    teller.commands.facts({ services: keys.map(addressOf) });
    this.#sequence += 1;
    const from = teller.told ?? 'init';
    teller.told = quorum;
    const rest = { name, from, to: quorum, priority: 0, reason, time: this.#deps.wall(), folded: 0 } as const;
    teller.lane = put(teller.lane, { sequence: this.#sequence, subject: 'service', ...rest }, WAITING).lane;
    this.#hand(teller);
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    if (this.#busy.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Ends what runs; nothing runs any more. */
  stop(): void {
    for (const { commands } of [...this.#tellers.values(), ...this.#busy]) commands.stop();
  }

  #add(name: string, settings: QuorumSettings): void {
    const { log, wall, happened } = this.#deps;
    const teller: Teller = {
      lane: emptyLane,
      told: null,
      commands: new NotifyLane(
        settings,
        { services: [] },
        {
          ...this.#deps,
          // What a director that died has left running goes on to its end: nobody remembers it.
          endLeft: async () => false,
          telling: () => {},
          told: (sequence) => this.#told(teller, sequence),
          failed: (reason) => {
            log.warn({ service: name, reason }, `service ${name}: ${reason}`);
            happened({ time: wall(), subject: 'notify', name, what: 'failed', reason });
          },
        },
      ),
    };
    this.#tellers.set(name, teller);
  }

  #told(teller: Teller, sequence: number): void {
    teller.lane = acknowledged(teller.lane, sequence).lane;
    this.#busy.delete(teller);
    if (teller.lane.waiting.length > 0) this.#waiting.add(teller);
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next);
      this.#hand(next);
    }
    if (this.#busy.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #hand(teller: Teller): void {
    if (this.#busy.has(teller)) return;
    if (this.#busy.size >= AT_ONCE) {
      this.#waiting.add(teller);
      return;
    }
    const [next] = unsent(teller.lane, 1);
    if (next === undefined) return;
    teller.lane = handedOver(teller.lane);
    this.#busy.add(teller);
    teller.commands.take(next, null);
  }
}

const addressOf = (key: ServiceKey): string => ('mark' in key ? serviceId(key) : serverId(key));

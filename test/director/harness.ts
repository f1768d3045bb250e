import { durationKeys } from '../../src/config/duration-keys.js';
import { parseConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/schema.js';
import type { ControlService } from '../../src/control/service.js';
import type { Advice } from '../../src/core/ipvs/advice.js';
import { serviceId } from '../../src/core/ipvs/table.js';
import type { ScriptEnd } from '../../src/core/script/verdict.js';
import type { InstanceStatus } from '../../src/core/status.js';
import { type Director, type Ending, runDirector } from '../../src/director/director.js';
import type { ScriptCommand, ScriptHandle } from '../../src/director/script-process.js';
import type { StateStore } from '../../src/director/state-files.js';
import type { Channel, ToDirector, ToRouter } from '../../src/ports/channel.js';
import type { ProbeResult } from '../../src/probe/attempt.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimIpvs } from '../../src/sim/ipvs.js';
import { SimTimeouts } from '../../src/sim/ipvs-timeouts.js';
import { SimProcess } from '../../src/sim/process.js';
import { SimSenses } from '../../src/sim/senses.js';
import { SimSwitches } from '../../src/sim/switches.js';
import type { Log } from '../../src/values/log.js';
import { after, between, type Duration, instant, micros, millis } from '../../src/values/time.js';

/** A configuration from YAML. @throws with all that is wrong with it. */
export function configured(text: string): Config {
  const loaded = parseConfig(text, 'test.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** State in memory: it outlives a {@link TestDirector}, as files outlive a process. */
export class MemoryStore implements StateStore {
  readonly place = '/state';
  readonly files = new Map<string, string>();
  /** Writing fails with this message. */
  full: string | null = null;
  async read(name: string): Promise<string | null> {
    return this.files.get(name) ?? null;
  }
  async write(name: string, text: string): Promise<void> {
    if (this.full !== null) throw new Error(this.full);
    this.files.set(name, text);
  }
  async setAside(name: string): Promise<string> {
    this.files.set(`${name}.corrupt`, this.files.get(name) ?? '');
    this.files.delete(name);
    return `${this.place}/${name}.corrupt`;
  }
}

/** What a server does with a check. */
export type Behaviour = 'answers' | 'refuses' | 'silent' | 'ours';

/** The world around a director: time, table, servers, files. */
export class World {
  readonly clock = new VirtualClock(instant(0));
  readonly ipvs = new SimIpvs();
  readonly switches = new SimSwitches();
  readonly timeouts = new SimTimeouts();
  readonly store = new MemoryStore();
  /** By `ADDRESS:PORT` of the check; a server that is not here answers. */
  readonly servers = new Map<string, Behaviour>();
  /** What is advised with an answer, by the same. */
  readonly advice = new Map<string, Advice>();
  /** Days that a certificate has left, shown with an answer, by the same. */
  readonly certificates = new Map<string, number>();
  readonly scripts = new Map<string, ScriptEnd>();
  /** How long a script takes, by its path; 5 ms where it is not here. */
  readonly takes = new Map<string, Duration>();
  /** All that were started. */
  readonly runs: ScriptCommand[] = [];
  readonly senses = new SimSenses();
  probes = 0;
  /** What the configuration file says at a reload. */
  file = '';
  /** The router has nothing to do with what a reload changes. */
  aside = false;

  constructor() {
    // Everything in a director follows promises.
    this.clock.during(new Promise(() => {}));
  }

  /** `tcp/10.0.0.1:80: 10.0.0.11:80=1 10.0.0.12:80=0`, one line a service. */
  table(): string[] {
    return this.ipvs.table.map(({ key, servers }) => {
      const rows = servers.map((s) => ` ${s.key.address}:${s.key.port}=${s.weight}`).sort();
      return `${serviceId(key)}:${rows.join('')}`;
    });
  }

  /** Lets time pass until `seen`; @returns how long it took. @throws when it did not come within `limit`. */
  async until(seen: () => boolean, limit: Duration): Promise<Duration> {
    const from = this.clock.now();
    while (!seen()) {
      if (between(from, this.clock.now()) > limit) throw new Error(`not seen within ${limit} µs`);
      await this.clock.advance(millis(1));
    }
    return between(from, this.clock.now());
  }
}

/** A director in a {@link World}, with its router's end of the channel. */
export class TestDirector {
  readonly told: ToRouter[] = [];
  /** What the router answers. */
  instances: readonly InstanceStatus[] = [];
  /** What the router says against a reload. */
  refuses: string | null = null;
  readonly lines: string[] = [];
  /** What each of them carries besides its sentence. */
  readonly fields: object[] = [];
  readonly order: string[] = [];
  control: ControlService | null = null;
  controlError: string | null = null;
  ending: Ending | null = null;
  readonly #director: Director;
  readonly #process: SimProcess;
  #receive: ((message: ToDirector) => void)[] = [];
  #closed: (() => void)[] = [];

  constructor(world: World, config: Config, options: { controlError?: string } = {}) {
    const { clock } = world;
    const process = new SimProcess(clock);
    this.#process = process;
    const channel: Channel<ToRouter, ToDirector> = {
      send: (message) => {
        // As a router does: at once, but never from within the question.
        if (message.kind === 'query') queueMicrotask(() => this.hear({ kind: 'instances', instances: this.instances }));
        if (message.kind === 'reload') {
          const { id } = message;
          const refused = this.refuses;
          queueMicrotask(() =>
            this.hear(
              refused === null
                ? { kind: 'reloaded', id, ok: true }
                : { kind: 'reloaded', id, ok: false, reason: refused },
            ),
          );
        }
        return this.told.push(message) > 0;
      },
      onMessage: (receive) => void this.#receive.push(receive),
      onClose: (closed) => void this.#closed.push(closed),
    };
    const line = (level: string) => (fields: object, text: string) => {
      this.lines.push(`${level} ${text}`);
      this.fields.push(fields);
    };
    const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
    this.#director = runDirector({
      config,
      version: '1.2.3',
      clock,
      alarms: process,
      wall: () => new Date(Date.UTC(2026, 0, 1) + clock.now() / 1_000).toISOString(),
      log,
      table: world.ipvs,
      switches: world.switches,
      timeouts: world.timeouts,
      channel,
      startProbe: (probe, done) => {
        world.probes += 1;
        const who = `${probe.target.address}:${probe.target.port}`;
        const behaviour = world.servers.get(who) ?? 'answers';
        const [advice, certificateDays] = [world.advice.get(who), world.certificates.get(who)];
        const found = {
          ...(advice === undefined ? {} : { advice }),
          ...(certificateDays === undefined ? {} : { certificateDays }),
        };
        const takes = behaviour === 'silent' ? probe.timeout : micros(300);
        const results: Record<Behaviour, ProbeResult> = {
          answers: {
            ok: true,
            reason: null,
            micros: takes,
            ours: false,
            ...(Object.keys(found).length === 0 ? {} : { found }),
          },
          refuses: { ok: false, reason: 'connection refused', micros: takes, ours: false },
          silent: { ok: false, reason: 'timed out', micros: takes, ours: false },
          ours: { ok: false, reason: 'no free file descriptor in this process', micros: takes, ours: true },
        };
        const result = results[behaviour];
        const scheduled = clock.at(after(clock.now(), takes), () => process.post(() => done(result)));
        return () => scheduled.cancel();
      },
      startScript: (script, ended): ScriptHandle => {
        const { command } = script;
        world.runs.push(script);
        const end = world.scripts.get(command[0]) ?? { kind: 'exit', code: 0 };
        const scheduled = clock.at(after(clock.now(), world.takes.get(command[0]) ?? millis(5)), () =>
          process.post(() => ended(end)),
        );
        return { pid: 7, output: () => '', terminate: () => {}, kill: () => scheduled.cancel() };
      },
      senses: world.senses,
      notify: {
        openFifo: async () => ({ made: false, write: () => true, close: () => {} }),
        bornOf: () => '1',
        endLeft: async () => false,
      },
      reload: {
        file: 'test.yaml',
        read: async () => {
          const loaded = parseConfig(world.file, 'test.yaml');
          if (!loaded.ok) return loaded;
          const kept = loaded.config.ipvs.services.map(() => null);
          const durations = [...durationKeys()];
          return {
            ...loaded,
            kept,
            durations,
            part: { instances: [], rest: '' },
            aside: world.aside,
            blob: Buffer.from(world.file),
          };
        },
        keep: async (blob) => {
          const before = world.store.files.get('running.yaml') ?? '';
          world.store.files.set('running.yaml', Buffer.from(blob).toString());
          return async () => void world.store.files.set('running.yaml', before);
        },
        applied: () => {},
        accepted: () => {},
      },
      later: (call) => call(),
      store: world.store,
      openPage: async () => ({ close: async () => {} }),
      openControl: async (service) => {
        if (options.controlError !== undefined) throw new Error(options.controlError);
        this.control = service;
        this.order.push('control opened');
        return {
          close: async () => {
            this.order.push('control closed');
          },
        };
      },
      harden: () => this.order.push('hardened'),
      routerDied: async () => {
        this.order.push('router died');
      },
    });
    this.#director.ended.then((how) => {
      this.ending = how;
    });
  }

  /** The router says something. */
  hear(message: ToDirector): void {
    for (const receive of this.#receive) receive(message);
  }

  /** The router is gone. */
  closed(): void {
    for (const closed of this.#closed) closed();
  }

  /** SIGKILL. */
  kill(): void {
    this.#process.kill();
    this.#receive = [];
    this.#closed = [];
  }

  hangup(): void {
    this.#director.hangup();
  }

  /** The control socket's service. @throws before it is open. */
  get service(): ControlService {
    if (this.control === null) throw new Error('the control socket is not open');
    return this.control;
  }

  events(): string[] {
    return this.service
      .recent(1_000)
      .map((e) => `${e.subject} ${e.name}: ${e.what}${e.reason === null ? '' : ` (${e.reason})`}`);
  }
}

/** Two web servers behind one address, checked every second. */
export const WEB = `
ipvs:
  services:
    - name: web
      address: 10.0.0.1:80
      scheduler: rr
      check: { type: tcp, interval: 1s, timeout: 500ms, rise: 2, fall: 3 }
      servers:
        - { address: 10.0.0.11:80 }
        - { address: 10.0.0.12:80, weight: 2, name: second }
`;

/** Lets time pass while a verb is answered. */
export async function answered<T>(world: World, work: Promise<T>): Promise<T> {
  await world.clock.advance(millis(5));
  return work;
}

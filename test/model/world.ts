import { skewTime } from '../../src/core/vrrp/timing.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { seeded } from '../../src/sim/random.js';
import { fair, Segment, type Sighting } from '../../src/sim/segment.js';
import type { Ip } from '../../src/values/ip.js';
import { ipv4ToNumber } from '../../src/values/ipv4.js';
import { after, between, type Duration, type Instant, micros, millis, toSeconds } from '../../src/values/time.js';
import { Host, VIPS } from './host.js';
import { longestInterval, type Op, type Scenario } from './scenario.js';

/** A property that does not hold. */
export class Violation extends Error {}

/** The end of a stop (its last advert leaves in peace), kernel answers, notifications. */
const SETTLING = millis(30);
/** For so many intervals after the last moment allowed, nothing may change any more. */
const QUIET = 6;
/** When the second announcements are out (see host.ts). */
const SECOND_ROUND = millis(5_200);

/** Runs one scenario and checks its properties on the way. */
export class World {
  readonly transcript: string[] = [];
  readonly #scenario: Scenario;
  readonly #clock = new VirtualClock();
  readonly #start: Instant = this.#clock.now();
  readonly #segment: Segment;
  readonly #hosts: readonly Host[];
  readonly #verbose: boolean;
  /** The longest of all hosts. */
  readonly #interval: Duration;
  /** Whether they differ. */
  readonly #mixed: boolean;
  /** When two hosts began to be master beside each other, by their names. */
  readonly #beside = new Map<string, Instant>();
  readonly #masterSince = new Map<Host, Instant>();
  readonly #lastPriority = new Map<Host, number>();
  readonly #stalledAt = new Map<Host, Instant>();
  readonly #wokeAt = new Map<Host, Instant>();
  readonly #weighedAt = new Map<Host, Instant>();
  readonly #advertisedAt = new Map<Host, Instant>();
  readonly #robbed = new Set<Host>();
  /** Whom a client on the segment believes to have each address: the last one that it heard announcing it. */
  readonly #believed = new Map<Ip, Host>();
  #letGoAt: Instant | null = null;
  #longest: Duration;
  #mute: Host | null = null;
  #quiet: { readonly adverts: Instant[]; changes: number } | null = null;

  constructor(scenario: Scenario, verbose = false) {
    this.#scenario = scenario;
    this.#verbose = verbose;
    this.#interval = longestInterval(scenario);
    this.#mixed = scenario.hosts.some((h) => h.interval !== this.#interval);
    const random = seeded(scenario.seed ^ 0x5bd1_e995);
    this.#segment = new Segment(this.#clock, random.fork(), scenario.weather);
    this.#longest = longest(scenario.weather);
    this.#hosts = scenario.hosts.map(
      (plan, place) =>
        new Host(place, plan, this.#clock, this.#segment, random, scenario, (host) => this.#changed(host)),
    );
    const client = this.#segment.plug('client');
    client.connect(
      (frame, from) => {
        const host = this.#hosts.find((h) => h.port === from);
        if (frame.kind === 'announcement' && host !== undefined) this.#believed.set(frame.address, host);
      },
      () => {},
    );
    this.#segment.tap((sighting) => this.#saw(sighting));
  }

  /** @throws Violation at the first property that does not hold. */
  async run(): Promise<void> {
    for (const { at, op } of this.#scenario.ops) {
      await this.#until(at);
      this.#note(() => `--- ${describe(op)}`);
      this.#apply(op);
    }
    await this.#until(this.#scenario.healAt);
    this.#heal();
    await this.#settle();
  }

  async #until(at: Duration): Promise<void> {
    await this.#clock.advanceTo(after(this.#start, at));
  }

  #apply(op: Op): void {
    if ('host' in op) this.#applyTo(this.#hosts[op.host] as Host, op);
    else if (op.kind === 'part') {
      this.#segment.part(...op.islands.map((places) => places.map((i) => (this.#hosts[i] as Host).port)));
    } else if (op.kind === 'join') this.#segment.heal();
    else {
      this.#segment.weather = op.weather;
      this.#longest = micros(Math.max(this.#longest, longest(op.weather)));
    }
  }

  #applyTo(host: Host, op: Op & { host: number }): void {
    switch (op.kind) {
      case 'start':
        host.start();
        return;
      case 'stop':
        host.stop();
        return;
      case 'kill':
        host.kill();
        return;
      case 'stall':
        if (host.awake) this.#stalledAt.set(host, this.#clock.now());
        host.process?.stall();
        this.#compare();
        return;
      case 'wake':
        this.#wake(host, op.order);
        return;
      case 'cut':
      case 'mend':
        host.port.plugged = op.kind === 'mend';
        return;
      case 'down':
      case 'up':
        host.kernel.setUp('eth0', op.kind === 'up');
        return;
      case 'rob':
        this.#robbed.add(host);
        host.kernel.remove({ interface: 'eth0', cidr: VIPS[0] as (typeof VIPS)[0] });
        return;
      case 'script':
        this.#weighedAt.set(host, this.#clock.now());
        host.script(op.up);
        return;
    }
  }

  /** A process that wakes beside a living master must not say anything before it has heard it. */
  #wake(host: Host, order: 'alarms-first' | 'tasks-first'): void {
    if (host.process?.state !== 'stalled') return;
    this.#mute = this.#scenario.kind === 'healthy' && this.#mustBeMute(host) ? host : null;
    host.process.wake(order);
    this.#wokeAt.set(host, this.#clock.now());
    this.#mute = null;
    this.#compare();
  }

  #mustBeMute(host: Host): boolean {
    // What it knew when it fell asleep, or what it is about to learn.
    const mine = Math.max(host.effective ?? 0, host.router?.status()[0]?.effectivePriority ?? 0);
    const slept = between(this.#stalledAt.get(host) ?? this.#clock.now(), this.#clock.now());
    return this.#hosts.some((other) => {
      if (other === host || !other.awake || other.state !== 'master') return false;
      // Its first advert must have arrived, else nobody could have heard it.
      const since = Math.max(this.#masterSince.get(other) ?? 0, this.#wokeAt.get(other) ?? 0) as Instant;
      if (between(since, this.#clock.now()) <= this.#longest) return false;
      // Where each has an interval of its own, a slow master may have said nothing since the host fell asleep.
      const latest = this.#advertisedAt.get(other) ?? this.#start;
      const waits = latest > (this.#stalledAt.get(host) ?? 0) && between(latest, this.#clock.now()) > this.#longest;
      if (this.#mixed && !waits) return false;
      const theirs = this.#lastPriority.get(other) ?? 0;
      // A master that is not late for half an interval sends first and listens then: one advert too many, no harm.
      if (host.state === 'master' && slept <= 1.5 * host.plan.interval) return false;
      if (host.state === 'backup') return !host.plan.preempt || theirs >= mine;
      return theirs > mine || (theirs === mine && ipv4ToNumber(other.address) > ipv4ToNumber(host.address));
    });
  }

  #heal(): void {
    this.#note(() => '=== healed');
    this.#segment.heal();
    this.#segment.weather = { ...fair, delay: micros(Math.min(this.#scenario.weather.delay, millis(20))) };
    for (const host of this.#hosts) {
      host.port.plugged = true;
      host.kernel.setUp('eth0', true);
      this.#wake(host, 'alarms-first');
      if (host.plan.survives) host.start();
      else host.stop();
    }
  }

  async #settle(): Promise<void> {
    const interval = this.#interval;
    const skew = Math.max(...this.#hosts.map((h) => this.#skew(Math.min(h.plan.priority, h.effective ?? 255))));
    const slack = this.#longest + this.#scenario.lateness + SETTLING;
    await this.#clock.advance(micros(3 * interval + skew + slack));
    this.#note(() => '=== three intervals and the skew later');
    this.#judge();
    this.#quiet = { adverts: [], changes: 0 };
    // Also the second announcements, which take back whom a loser has told something right behind the first.
    await this.#clock.advance(micros(Math.max(QUIET * interval, SECOND_ROUND)));
    this.#judge();
    this.#judgeGrid(this.#quiet);
    this.#judgeBeliefs();
  }

  /** Exactly one master, the right one, and the addresses with it. */
  #judge(): void {
    const fit = this.#hosts.filter((h) => h.router !== null && h.effective !== null);
    const masters = this.#hosts.filter((h) => h.state === 'master');
    if (masters.length !== Math.min(1, fit.length)) {
      throw new Violation(`masters: ${masters.map((h) => h.name).join(', ') || 'none'}`);
    }
    const [master] = masters;
    const better = fit.find((h) => h.plan.preempt && (h.effective ?? 0) > (master?.effective ?? 0));
    if (master !== undefined && better !== undefined)
      throw new Violation(`${better.name} did not preempt ${master.name}`);
    for (const host of this.#hosts) {
      // A host that was killed and never came back keeps its addresses: nobody is there to remove them.
      if (host.router === null && !host.plan.survives) continue;
      const due = host === master ? VIPS.length : 0;
      if (host.standing !== due) throw new Violation(`${host.standing} addresses on ${host.name}, not ${due}`);
    }
  }

  /** Where nothing was lost, the segment's other hosts send to the master. */
  #judgeBeliefs(): void {
    const master = this.#hosts.find((h) => h.state === 'master');
    if (this.#scenario.kind !== 'healthy' || master === undefined) return;
    for (const [address, host] of this.#believed) {
      if (host !== master) throw new Violation(`clients send ${address} to ${host.name}, the master is ${master.name}`);
    }
  }

  #judgeGrid(quiet: { readonly adverts: readonly Instant[]; readonly changes: number }): void {
    if (quiet.changes > 0) throw new Violation(`${quiet.changes} changes of state after everything was settled`);
    const { lateness } = this.#scenario;
    const interval = this.#hosts.find((h) => h.state === 'master')?.plan.interval ?? micros(0);
    const [first] = quiet.adverts;
    if (first === undefined) {
      if (this.#hosts.some((h) => h.state === 'master')) throw new Violation('the master is silent');
      return;
    }
    quiet.adverts.forEach((at, k) => {
      const off = Math.abs(between(first, at) - k * interval);
      if (off > lateness) throw new Violation(`advert ${k} is ${off} µs off the grid`);
    });
  }

  #saw({ at, port, frame }: Sighting): void {
    const host = this.#hosts.find((h) => h.port === port);
    if (host === undefined) return;
    if (frame.kind === 'announcement') {
      const cidr = VIPS.find((v) => v.address === frame.address);
      const stands = cidr !== undefined && host.kernel.holds('eth0', cidr);
      if (!stands && !this.#robbed.has(host)) throw new Violation(`${host.name} announces ${frame.address} without it`);
      this.#note(() => `${host.name} announces ${frame.address}`);
      return;
    }
    const { priority } = frame.advert;
    this.#note(() => `${host.name} advertises ${priority}`);
    if (this.#mute === host && priority > 0) throw new Violation(`${host.name} woke and claims over a living master`);
    this.#lastPriority.set(host, priority);
    this.#advertisedAt.set(host, at);
    if (priority === 0) this.#letGoAt = at;
    this.#quiet?.adverts.push(at);
  }

  #changed(host: Host): void {
    this.#note(() => `${host.name} is ${host.state}`);
    if (this.#quiet !== null) this.#quiet.changes += 1;
    if (host.state === 'master') this.#masterSince.set(host, this.#clock.now());
    this.#compare();
  }

  /**
   * On a healthy network two masters are never beside each other for longer than an advert is under way, or an advert
   * and its answer.
   */
  #compare(): void {
    if (this.#scenario.kind !== 'healthy') return;
    const now = this.#clock.now();
    for (const [i, a] of this.#hosts.entries()) {
      for (const b of this.#hosts.slice(i + 1)) {
        const pair = `${a.name} and ${b.name}`;
        const since = this.#beside.get(pair);
        const both = [a, b].every((h) => h.state === 'master' && h.awake);
        if (both && since === undefined) this.#beside.set(pair, now);
        if (both || since === undefined) continue;
        this.#beside.delete(pair);
        const long = between(since, now);
        const most = this.#mayAnswer(a, since) || this.#mayAnswer(b, since) ? 2 * this.#longest : this.#longest;
        if (long > most) throw new Violation(`${pair} were masters together for ${long} µs`);
      }
    }
  }

  /**
   * Whether it is fair that a second master had to be answered: one of them slept, or the other did not know its
   * priority yet; or a priority 0 came in after the next master's first advert (checklist line 26 asks not whose); or,
   * in version 3, it waited by its own interval, or by one learned from a loser, that is shorter than the master's.
   */
  #mayAnswer(host: Host, since: Instant): boolean {
    const recently = (at: Instant | undefined | null, within: number): boolean =>
      at !== undefined && at !== null && between(at, since) <= within + this.#longest;
    const unheard = this.#interval + this.#scenario.lateness;
    return (
      this.#mixed ||
      recently(this.#wokeAt.get(host), unheard) ||
      recently(this.#weighedAt.get(host), unheard) ||
      recently(this.#letGoAt, this.#skew(0))
    );
  }

  /** The longest skew that a router of that priority may have: in version 3 it learns the interval of any other. */
  #skew(priority: number): Duration {
    return skewTime(this.#scenario.version, this.#interval, priority);
  }

  #note(line: () => string): void {
    if (this.#verbose)
      this.transcript.push(`${toSeconds(between(this.#start, this.#clock.now())).toFixed(6)} ${line()}`);
  }
}

const longest = (w: { delay: Duration; jitter: Duration }): Duration => micros(w.delay + w.jitter);

function describe(op: Op): string {
  const { kind, ...rest } = op;
  const words = Object.entries(rest).map(([key, value]) =>
    key === 'host' ? ('abc'[value as number] ?? '?') : `${key} ${JSON.stringify(value)}`,
  );
  return [kind, ...words].join(' ');
}

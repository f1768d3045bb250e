import { skewTime } from '../../src/core/vrrp/timing.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { seeded } from '../../src/sim/random.js';
import { fair, type Port, Segment, type Sighting } from '../../src/sim/segment.js';
import type { Ip } from '../../src/values/ip.js';
import { compareIp } from '../../src/values/ip.js';
import { after, between, type Duration, type Instant, micros, millis, toSeconds } from '../../src/values/time.js';
import { Host } from './host.js';
import { type Seen, tries, wrongBelief, wrongEnd, wrongGrid } from './judge.js';
import { longestInterval, type Op, type Scenario, secondRound } from './scenario.js';
import { type Seat, vips } from './seat.js';

/** A property that does not hold. */
export class Violation extends Error {}

/** The end of a stop (its last advert leaves in peace), kernel answers, notifications. */
const SETTLING = millis(110);
/** For so many intervals after the last moment allowed, nothing may change any more. */
const QUIET = 6;
/** Who gives mastership away waits for a relief for a Master_Down_Interval and so long (yield.ts). */
const GIVING = millis(200);
/** So much later than due the second announcements are out. */
const SECOND_ROUND = millis(200);

/** Runs one scenario and checks its properties on the way. */
export class World {
  readonly transcript: string[] = [];
  readonly #scenario: Scenario;
  readonly #clock = new VirtualClock();
  readonly #start: Instant = this.#clock.now();
  readonly #segments: readonly Segment[];
  readonly #hosts: readonly Host[];
  readonly #seats: readonly Seat[];
  readonly #verbose: boolean;
  /** The longest of all hosts. */
  readonly #interval: Duration;
  /** Whether they differ. */
  readonly #mixed: boolean;
  /** When two hosts began to be master beside each other, by their names. */
  readonly #beside = new Map<string, Instant>();
  readonly #masterSince = new Map<Seat, Instant>();
  readonly #lastPriority = new Map<Seat, number>();
  readonly #stalledAt = new Map<Host, Instant>();
  readonly #wokeAt = new Map<Host, Instant>();
  readonly #weighedAt = new Map<Host, Instant>();
  readonly #gaveAt = new Map<Host, Instant>();
  readonly #advertisedAt = new Map<Seat, Instant>();
  readonly #robbed = new Set<Host>();
  /** Whom a client on the segment believes to have each address: the last one that it heard announcing it. */
  readonly #believed = new Map<Ip, Seat>();
  readonly #letGoAt = new Map<number, Instant>();
  #found: Violation | null = null;
  #longest: Duration;
  #mute: readonly Seat[] = [];
  #quiet: { readonly adverts: Seen[]; changes: number } | null = null;

  constructor(scenario: Scenario, verbose = false) {
    this.#scenario = scenario;
    this.#verbose = verbose;
    this.#interval = longestInterval(scenario);
    this.#mixed = scenario.hosts.some((h) => h.interval !== this.#interval);
    const random = seeded(scenario.seed ^ 0x5bd1_e995);
    this.#segments = Array.from(
      { length: scenario.segments },
      () => new Segment(this.#clock, random.fork(), scenario.weather),
    );
    this.#longest = longest(scenario.weather);
    this.#hosts = scenario.hosts.map(
      (plan, place) =>
        new Host(place, plan, this.#clock, this.#segments, random, scenario, (seat) => this.#changed(seat)),
    );
    this.#seats = this.#hosts.flatMap((host) => host.seats);
    for (const segment of this.#segments) {
      const client = segment.plug('client');
      client.connect(
        (frame, from) => {
          const seat = this.#seats.find((each) => each.port === from);
          if (frame.kind === 'announcement' && seat !== undefined) this.#believed.set(frame.address, seat);
        },
        () => {},
      );
      segment.tap((sighting) => this.#saw(sighting));
    }
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
    if (this.#found !== null) throw this.#found;
  }

  #apply(op: Op): void {
    if ('host' in op) this.#applyTo(this.#hosts[op.host] as Host, op);
    else this.#applyToSegment(op.segment ?? 0, op);
  }

  #applyToSegment(at: number, op: Op & { kind: 'part' | 'join' | 'weather' }): void {
    const segment = this.#segments[at] as Segment;
    if (op.kind === 'part') {
      segment.part(...op.islands.map((places) => places.map((i) => this.#hosts[i]?.seats[at]?.port as Port)));
    } else if (op.kind === 'join') segment.heal();
    else {
      segment.weather = op.weather;
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
      case 'hang':
        if (host.awake) this.#stalledAt.set(host, this.#clock.now());
        host.process?.hang();
        this.#compare();
        return;
      case 'wake':
        this.#wake(host, op.order);
        return;
      case 'cut':
      case 'mend':
        (host.seats[op.segment ?? 0] as Seat).port.plugged = op.kind === 'mend';
        return;
      case 'down':
      case 'up':
        // IPv6 addresses go with the link; a stalled process does not know yet.
        if (this.#scenario.family === 6) this.#robbed.add(host);
        host.kernel.setUp(`eth${op.segment ?? 0}`, op.kind === 'up');
        return;
      case 'yield':
        this.#gaveAt.set(host, this.#clock.now());
        host.give(true);
        return;
      case 'resume':
        host.give(false);
        return;
      case 'rob':
        this.#robbed.add(host);
        this.#rob(host, op.segment ?? 0);
        return;
      case 'script':
        this.#weighedAt.set(host, this.#clock.now());
        host.script(op.up);
        return;
    }
  }

  #rob(host: Host, at: number): void {
    const [cidr] = vips(this.#scenario.family, at);
    if (cidr !== undefined) host.kernel.remove({ interface: `eth${at}`, cidr });
  }

  /** A process that wakes beside a living master must not say anything before it has heard it. */
  #wake(host: Host, order: 'alarms-first' | 'tasks-first'): void {
    if (host.process?.state !== 'stalled') return;
    this.#mute = this.#scenario.kind === 'healthy' ? host.seats.filter((seat) => this.#mustBeMute(seat)) : [];
    host.process.wake(order);
    this.#wokeAt.set(host, this.#clock.now());
    this.#mute = [];
    this.#compare();
  }

  #mustBeMute(seat: Seat): boolean {
    const { host, at } = seat;
    // What it knew when it fell asleep, or what it is about to learn.
    const mine = Math.max(host.effective(at) ?? 0, host.router?.status()[at]?.effectivePriority ?? 0);
    const slept = between(this.#stalledAt.get(host) ?? this.#clock.now(), this.#clock.now());
    return this.#seats.some((other) => {
      if (other === seat || other.at !== at || !other.host.awake || other.state !== 'master') return false;
      // Its first advert must have arrived, else nobody could have heard it.
      const since = Math.max(this.#masterSince.get(other) ?? 0, this.#wokeAt.get(other.host) ?? 0) as Instant;
      if (between(since, this.#clock.now()) <= this.#longest) return false;
      // Where each has an interval of its own, a slow master may have said nothing since the host fell asleep.
      const latest = this.#advertisedAt.get(other) ?? this.#start;
      const waits = latest > (this.#stalledAt.get(host) ?? 0) && between(latest, this.#clock.now()) > this.#longest;
      if (this.#mixed && !waits) return false;
      const theirs = this.#lastPriority.get(other) ?? 0;
      // It gives its mastership away, and is silent.
      if (theirs === 0) return false;
      // A master that is not late for half an interval sends first and listens then: one advert too many, no harm.
      if (seat.state === 'master' && slept <= 1.5 * host.plan.interval) return false;
      if (seat.state === 'backup') return !host.plan.preempt || theirs >= mine;
      return theirs > mine || (theirs === mine && compareIp(other.address, seat.address) > 0);
    });
  }

  #heal(): void {
    this.#note(() => '=== healed');
    for (const segment of this.#segments) {
      segment.heal();
      segment.weather = { ...fair, delay: micros(Math.min(this.#scenario.weather.delay, millis(20))) };
    }
    for (const host of this.#hosts) {
      for (const seat of host.seats) {
        seat.port.plugged = true;
        host.kernel.setUp(seat.interface, true);
      }
      this.#wake(host, 'alarms-first');
      host.give(false);
      if (host.plan.survives) host.start();
      else host.stop();
    }
  }

  async #settle(): Promise<void> {
    const interval = this.#interval;
    const skew = Math.max(
      ...this.#hosts.map((h) => this.#skew(Math.min(h.plan.priority, h.plan.priority2, h.effective() ?? 255))),
    );
    const slack = this.#longest + this.#scenario.lateness + SETTLING;
    const once = 3 * interval + skew + slack;
    const delay = Math.max(...this.#hosts.map((h) => h.plan.preemptDelay));
    // After a delay a whole down interval passes. Two groups with crossed priorities may have to try again.
    await this.#clock.advance(micros(once + (delay > 0 ? delay + once : 0)));
    // Between two claims it may look settled: once is not enough.
    for (let left = tries(this.#scenario, this.#hosts), calm = 0; left > 0 && calm < 2; left -= 1) {
      calm = wrongEnd(this.#scenario, this.#hosts) === null ? calm + 1 : 0;
      await this.#clock.advance(micros(once));
    }
    this.#note(() => '=== three intervals and the skew later');
    this.#judge();
    this.#quiet = { adverts: [], changes: 0 };
    // Also the second announcements, which take back whom a loser has told something right behind the first.
    await this.#clock.advance(micros(Math.max(QUIET * interval, secondRound(this.#scenario) + SECOND_ROUND)));
    this.#judge(this.#quiet);
  }

  /** The properties of the end; `quiet`: what was seen since it was settled. */
  #judge(quiet: { readonly adverts: readonly Seen[]; readonly changes: number } | null = null): void {
    if (this.#found !== null) throw this.#found;
    const wrong = wrongEnd(this.#scenario, this.#hosts) ?? (quiet === null ? null : this.#unrest(quiet));
    if (wrong !== null) throw this.#violation(wrong);
  }

  #unrest({ adverts, changes }: { readonly adverts: readonly Seen[]; readonly changes: number }): string | null {
    if (changes > 0) return `${changes} changes of state after everything was settled`;
    const masters = this.#seats.filter((seat) => seat.state === 'master');
    for (const master of masters) {
      const wrong = wrongGrid(this.#scenario, master, adverts);
      if (wrong !== null) return wrong;
    }
    return this.#scenario.kind === 'healthy' && masters.length > 0 ? wrongBelief(this.#believed) : null;
  }

  #saw({ at, port, frame }: Sighting): void {
    const seat = this.#seats.find((each) => each.port === port);
    if (seat === undefined) return;
    const { host } = seat;
    if (frame.kind === 'announcement') {
      const cidr = vips(this.#scenario.family, seat.at).find((v) => v.address === frame.address);
      const stands = cidr !== undefined && host.kernel.holds(seat.interface, cidr);
      if (!stands && !this.#robbed.has(host))
        throw this.#violation(`${seat.name} announces ${frame.address} without it`);
      this.#note(() => `${seat.name} announces ${frame.address}`);
      return;
    }
    const { priority } = frame.advert;
    this.#note(() => `${seat.name} advertises ${priority}`);
    if (this.#mute.includes(seat) && priority > 0) {
      throw this.#violation(`${seat.name} woke and claims over a living master`);
    }
    if (priority > 0) this.#judgeWhole(host);
    // Taken back, or just begun: nobody has heard it yet.
    if (priority > 0 && this.#lastPriority.get(seat) === 0) this.#masterSince.set(seat, at);
    const before = this.#lastPriority.get(seat);
    this.#lastPriority.set(seat, priority);
    if ((before === 0) !== (priority === 0)) this.#compare();
    this.#advertisedAt.set(seat, at);
    if (priority === 0) this.#letGoAt.set(seat.at, at);
    this.#quiet?.adverts.push({ at, seat });
  }

  /** Who speaks as master is so on all segments. */
  #judgeWhole(host: Host): void {
    if (host.seats.length === 1 || host.router === null) return;
    const states = host.router.states.map(({ state }) => state);
    if (states.some((state) => state !== 'master')) throw this.#violation(`${host.name} is ${states.join(' and ')}`);
  }

  #changed(seat: Seat): void {
    this.#note(() => `${seat.name} is ${seat.state}`);
    if (this.#quiet !== null) this.#quiet.changes += 1;
    if (seat.state === 'master') this.#masterSince.set(seat, this.#clock.now());
    this.#compare();
  }

  /**
   * On a healthy network two masters are never beside each other for longer than an advert is under way, or an advert
   * and its answer.
   */
  #compare(): void {
    if (this.#scenario.kind !== 'healthy') return;
    const now = this.#clock.now();
    for (const [i, a] of this.#seats.entries()) {
      for (const b of this.#seats.slice(i + 1)) {
        if (a.at !== b.at) continue;
        const pair = `${a.name} and ${b.name}`;
        const since = this.#beside.get(pair);
        const both = [a, b].every((each) => this.#serves(each));
        if (both && since === undefined) this.#beside.set(pair, now);
        if (both || since === undefined) continue;
        this.#beside.delete(pair);
        const long = between(since, now);
        // Who is about to advertise answers with that, and its alarm may be late. One whose priority rises meanwhile
        // answers in its turn.
        const turned = [a, b].some(({ host }) => (this.#weighedAt.get(host) ?? 0) > since);
        const answered = (turned ? 3 : 2) * this.#longest + this.#scenario.lateness;
        const most = this.#mayAnswer(a, since) || this.#mayAnswer(b, since) ? answered : this.#longest;
        if (long > most) throw this.#violation(`${pair} were masters together for ${long} µs`);
      }
    }
  }

  /** A master that is awake, and has not given its mastership away. */
  #serves(seat: Seat): boolean {
    return seat.state === 'master' && seat.host.awake && this.#lastPriority.get(seat) !== 0;
  }

  /**
   * Whether it is fair that a second master had to be answered: one of them slept, or the other did not know its
   * priority yet; or a priority 0 came in after the next master's first advert (checklist line 26 asks not whose); or,
   * one of them gives its mastership away, and takes it back while the other claims it; or,
   * in version 3, it waited by its own interval, or by one learned from a loser, that is shorter than the master's.
   */
  #mayAnswer({ host, at: segment }: Seat, since: Instant): boolean {
    const recently = (at: Instant | undefined | null, within: number): boolean =>
      at !== undefined && at !== null && between(at, since) <= within + this.#longest;
    const unheard = this.#interval + this.#scenario.lateness;
    return (
      this.#mixed ||
      recently(this.#wokeAt.get(host), unheard) ||
      recently(this.#gaveAt.get(host), 4 * this.#interval + GIVING) ||
      recently(this.#weighedAt.get(host), unheard) ||
      recently(this.#letGoAt.get(segment), this.#skew(0))
    );
  }

  /** The longest skew that a router of that priority may have: in version 3 it learns the interval of any other. */
  #skew(priority: number): Duration {
    return skewTime(this.#scenario.version, this.#interval, priority);
  }

  /** Kept as well as thrown: what is thrown below a promise of the router's does not come out here. */
  #violation(what: string): Violation {
    this.#found ??= new Violation(what);
    return this.#found;
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

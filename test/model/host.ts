import { Router } from '../../src/router/router.js';
import { SimAddresses } from '../../src/sim/addresses.js';
import { SimClaims } from '../../src/sim/claims.js';
import type { VirtualClock } from '../../src/sim/clock.js';
import { SimKernel } from '../../src/sim/kernel.js';
import { SimLans } from '../../src/sim/lan.js';
import { SimProcess } from '../../src/sim/process.js';
import type { Random } from '../../src/sim/random.js';
import type { Segment } from '../../src/sim/segment.js';
import { silent } from '../../src/values/log.js';
import { micros } from '../../src/values/time.js';
import type { HostPlan, Scenario } from './scenario.js';
import { ownAddress, type Seat, type SeatState, settingsOf, vips } from './seat.js';

/** One host of the model: a kernel that stays, and a router process that comes and goes. */
export class Host {
  readonly name: string;
  readonly plan: HostPlan;
  readonly kernel: SimKernel;
  /** One a segment; two of them are a sync group. */
  readonly seats: readonly Seat[];
  process: SimProcess | null = null;
  router: Router | null = null;
  scriptUp = true;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #scenario: Scenario;
  readonly #place: number;
  readonly #changed: (seat: Seat) => void;
  #stopping = false;
  #again = false;

  constructor(
    place: number,
    plan: HostPlan,
    clock: VirtualClock,
    segments: readonly Segment[],
    random: Random,
    scenario: Scenario,
    changed: (seat: Seat) => void,
  ) {
    this.name = 'abc'[place] ?? `h${place}`;
    this.plan = plan;
    this.kernel = new SimKernel(this.name);
    this.seats = segments.map((segment, at): Seat => {
      const port = segment.plug(this.name);
      const own = ownAddress(scenario.family, place, at);
      this.kernel.addLink(`eth${at}`, [own], port);
      return {
        name: segments.length === 1 ? this.name : `${this.name}${at + 1}`,
        host: this,
        at,
        instance: `VI_${at + 1}`,
        interface: `eth${at}`,
        port,
        address: own.address,
        state: 'off',
      };
    });
    this.#place = place;
    this.#clock = clock;
    this.#random = random.fork();
    this.#scenario = scenario;
    this.#changed = changed;
  }

  /** What a seat's priority should be by plan and script; null when the host may not serve. */
  effective(at = 0): number | null {
    const { priority, priority2, weight } = this.plan;
    if (weight === 0 && !this.scriptUp) return null;
    if (at > 0) return priority2;
    if (weight === null || weight === 0) return priority;
    const counts = weight > 0 ? this.scriptUp : !this.scriptUp;
    return Math.min(254, Math.max(1, counts ? priority + weight : priority));
  }

  /** Running and not stalled. */
  get awake(): boolean {
    return this.process?.state === 'running';
  }

  /** How many of the virtual addresses stand on a segment. */
  standing(at: number): number {
    return vips(this.#scenario.family, at).filter((cidr) => this.kernel.holds(`eth${at}`, cidr)).length;
  }

  start(): void {
    if (this.#stopping) this.#again = true;
    if (this.process !== null) return;
    const process = new SimProcess(this.#clock);
    const addresses = new SimAddresses(this.kernel, process, this.#clock);
    const { lateness } = this.#scenario;
    if (lateness > 0) process.lateness = () => micros(this.#random.integer(0, lateness));
    addresses.latency = () => micros(this.#random.integer(50, 500));
    const settings = this.seats.map((_, at) => settingsOf(this.#scenario, this.plan, this.#place, at));
    const groups = settings.length > 1 ? [{ name: 'VG_1', instances: settings.map((s) => s.name) }] : [];
    const router = new Router(
      settings,
      {
        clock: this.#clock,
        alarms: process,
        lans: new SimLans(this.kernel, process),
        claims: new SimClaims(this.kernel, process),
        addresses,
        log: silent,
        wall: () => '',
        report: (event) => {
          if (event?.subject !== 'instance' || this.process !== process) return;
          const seat = this.seats.find((s) => s.instance === event.name);
          if (seat !== undefined) this.#entered(seat, event.what);
        },
      },
      { groups },
    );
    this.process = process;
    this.router = router;
    for (const seat of this.seats) this.#set(seat, 'init');
    router.start();
    this.#track();
  }

  /** SIGTERM: a stalled process hears it when it wakes. */
  stop(): void {
    const { process, router } = this;
    if (process === null || router === null || this.#stopping) return;
    this.#stopping = true;
    process.post(() => {
      const stopped = router.stop().then(() => {
        if (this.process === process) this.#end();
      });
      this.#clock.during(stopped);
    });
  }

  /** SIGKILL: its addresses stay. */
  kill(): void {
    this.process?.kill();
    this.#end();
  }

  script(up: boolean): void {
    this.scriptUp = up;
    this.#track();
  }

  /** `directorctl failover` and `resume`; refused where nobody else was heard. */
  give(away: boolean): void {
    const { process, router } = this;
    if (process === null || router === null || this.#stopping) return;
    const work = (): Promise<unknown> => (away ? router.yields.failover('VI_1', 'then') : router.yields.resume('VI_1'));
    // A violation below it is kept by the world.
    process.post(() => void work().catch(() => {}));
  }

  #track(): void {
    const { router } = this;
    if (this.plan.weight === null || router === null || this.#stopping) return;
    const verdict = { up: this.scriptUp, reason: this.scriptUp ? null : 'exit 1' };
    this.process?.post(() => router.track('script/chk', verdict));
  }

  #end(): void {
    this.process?.kill();
    this.process = null;
    this.router = null;
    this.#stopping = false;
    for (const seat of this.seats) this.#set(seat, 'off');
    if (!this.#again) return;
    this.#again = false;
    this.start();
  }

  #entered(seat: Seat, what: string): void {
    if (what === 'init' || what === 'backup' || what === 'master' || what === 'fault') this.#set(seat, what);
  }

  #set(seat: Seat, state: SeatState): void {
    if (seat.state === state) return;
    seat.state = state;
    this.#changed(seat);
  }
}

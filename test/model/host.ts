import type { Version } from '../../src/core/vrrp/advert.js';
import { Router } from '../../src/router/router.js';
import type { InstanceSettings } from '../../src/router/settings.js';
import { SimAddresses } from '../../src/sim/addresses.js';
import { SimClaims } from '../../src/sim/claims.js';
import type { VirtualClock } from '../../src/sim/clock.js';
import { SimKernel } from '../../src/sim/kernel.js';
import { SimLans } from '../../src/sim/lan.js';
import { SimProcess } from '../../src/sim/process.js';
import type { Random } from '../../src/sim/random.js';
import type { Port, Segment } from '../../src/sim/segment.js';
import { type Cidr4, type Ipv4, ipv4FromNumber, parseCidr4 } from '../../src/values/ipv4.js';
import { silent } from '../../src/values/log.js';
import { type Duration, micros, seconds } from '../../src/values/time.js';
import type { HostPlan } from './scenario.js';

export const VIPS: readonly Cidr4[] = ['10.0.0.100/24', '10.9.9.9/32'].map((text) => parseCidr4(text) as Cidr4);

/** The router process's state as its reports tell it; `off` without a process. */
export type HostState = 'off' | 'init' | 'backup' | 'master' | 'fault';

/** One host of the model: a kernel that stays, and a router process that comes and goes. */
export class Host {
  readonly name: string;
  readonly plan: HostPlan;
  readonly address: Ipv4;
  readonly kernel: SimKernel;
  readonly port: Port;
  process: SimProcess | null = null;
  router: Router | null = null;
  state: HostState = 'off';
  scriptUp = true;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #settings: InstanceSettings;
  readonly #lateness: Duration;
  readonly #changed: (host: Host) => void;
  #stopping = false;
  #again = false;

  constructor(
    place: number,
    plan: HostPlan,
    clock: VirtualClock,
    segment: Segment,
    random: Random,
    run: { readonly version: Version; readonly lateness: Duration },
    changed: (host: Host) => void,
  ) {
    this.name = 'abc'[place] ?? `h${place}`;
    this.plan = plan;
    this.address = ipv4FromNumber(0x0a00_0001 + place);
    this.kernel = new SimKernel(this.name);
    this.port = segment.plug(this.name);
    this.kernel.addLink('eth0', [{ address: this.address, prefix: 24 }], this.port);
    this.#clock = clock;
    this.#random = random.fork();
    this.#lateness = run.lateness;
    this.#settings = settingsOf(plan, run.version);
    this.#changed = changed;
  }

  /** What its priority should be by its plan and its script; null when it may not serve. */
  get effective(): number | null {
    const { priority, weight } = this.plan;
    if (weight === 0) return this.scriptUp ? priority : null;
    if (weight === null) return priority;
    const counts = weight > 0 ? this.scriptUp : !this.scriptUp;
    return Math.min(254, Math.max(1, counts ? priority + weight : priority));
  }

  /** Running and not stalled. */
  get awake(): boolean {
    return this.process?.state === 'running';
  }

  /** How many of the virtual addresses stand here. */
  get standing(): number {
    return VIPS.filter((cidr) => this.kernel.holds('eth0', cidr)).length;
  }

  start(): void {
    if (this.#stopping) this.#again = true;
    if (this.process !== null) return;
    const process = new SimProcess(this.#clock);
    const addresses = new SimAddresses(this.kernel, process, this.#clock);
    if (this.#lateness > 0) process.lateness = () => micros(this.#random.integer(0, this.#lateness));
    addresses.latency = () => micros(this.#random.integer(50, 500));
    const router = new Router([this.#settings], {
      clock: this.#clock,
      alarms: process,
      lans: new SimLans(this.kernel, process),
      claims: new SimClaims(this.kernel, process),
      addresses,
      log: silent,
      wall: () => '',
      report: (event) => {
        if (event?.subject === 'instance' && this.process === process) this.#entered(event.what);
      },
    });
    this.process = process;
    this.router = router;
    this.#set('init');
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
    this.#set('off');
    if (!this.#again) return;
    this.#again = false;
    this.start();
  }

  #entered(what: string): void {
    if (what === 'init' || what === 'backup' || what === 'master' || what === 'fault') this.#set(what);
  }

  #set(state: HostState): void {
    if (this.state === state) return;
    this.state = state;
    this.#changed(this);
  }
}

function settingsOf(plan: HostPlan, version: Version): InstanceSettings {
  return {
    name: 'VI_1',
    interface: 'eth0',
    priority: plan.priority,
    vrrp: {
      virtualRouterId: 50,
      version,
      family: 4,
      unicast: null,
      interval: plan.interval,
      preempt: plan.preempt,
      preemptDelay: plan.preemptDelay,
      auth: version === 2 ? { type: 'pass', password: 'netology' } : { type: 'none' },
      checksum: 'pseudo_header',
      addresses: VIPS.map((cidr) => cidr.address),
      announce: { first: 2, delay: seconds(5), second: 1, refresh: seconds(60) },
    },
    addresses: VIPS.map((cidr) => ({ interface: 'eth0', cidr, broadcast: null, scope: 'global', label: null })),
    tracks: plan.weight === null ? [] : [{ kind: 'script', name: 'chk', weight: plan.weight, reverse: false }],
    interfaces: [
      {
        kind: 'interface',
        name: 'eth0',
        weight: 0,
        reverse: false,
        delays: { up: seconds(0), down: seconds(0) },
      },
    ],
  };
}

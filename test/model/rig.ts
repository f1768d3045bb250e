import type { Change } from '../../src/core/notify/transition.js';
import type { DirectorEvent } from '../../src/core/status.js';
import type { Alarms } from '../../src/ports/clock.js';
import { Router } from '../../src/router/router.js';
import type { RouterOptions } from '../../src/router/router-deps.js';
import type { InstanceSettings } from '../../src/router/settings.js';
import { SimAddresses } from '../../src/sim/addresses.js';
import { SimClaims } from '../../src/sim/claims.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimKernel } from '../../src/sim/kernel.js';
import { SimLans } from '../../src/sim/lan.js';
import { SimProcess } from '../../src/sim/process.js';
import { seeded } from '../../src/sim/random.js';
import { fair, type Port, Segment, type Sighting } from '../../src/sim/segment.js';
import { SimWays, SimWayTable } from '../../src/sim/ways.js';
import { formatCidr } from '../../src/values/ip.js';
import { type Cidr4, type Ipv4, parseCidr4 } from '../../src/values/ipv4.js';
import { type Duration, instant, seconds, toSeconds } from '../../src/values/time.js';
import { advert } from '../core/vrrp-transcript.js';

export const VIP = '172.28.128.200/24';

export const settings = (over: Partial<InstanceSettings> = {}): InstanceSettings => ({
  name: 'VI_1',
  interface: 'eth1',
  priority: 100,
  vrrp: {
    virtualRouterId: 50,
    version: 2,
    family: 4,
    unicast: null,
    interval: seconds(1),
    preempt: true,
    preemptDelay: seconds(0),
    auth: { type: 'pass', password: 'netology' },
    checksum: 'pseudo_header',
    addresses: ['172.28.128.200' as Ipv4],
    announce: { first: 1, delay: seconds(5), second: 1, refresh: seconds(0) },
  },
  addresses: [{ interface: 'eth1', cidr: parseCidr4(VIP) as Cidr4, broadcast: null, scope: 'global', label: null }],
  tracks: [],
  interfaces: [],
  ...over,
});

/** One router on a simulated host at 172.28.128.60, a neighbour's port beside it, and everything it says written down. */
export class Rig {
  readonly clock = new VirtualClock(instant(0));
  readonly kernel = new SimKernel('d1');
  readonly ways = new SimWayTable(this.kernel);
  readonly process = new SimProcess(this.clock);
  readonly segment = new Segment(this.clock, seeded(1), fair);
  readonly port: Port = this.segment.plug('d1');
  readonly neighbour: Port = this.segment.plug('d2');
  readonly frames: string[] = [];
  readonly events: string[] = [];
  readonly changes: Change[] = [];
  readonly logged: { readonly level: string; readonly fields: Record<string, unknown>; readonly message: string }[] =
    [];
  readonly router: Router;
  readonly sightings: Sighting[] = [];

  constructor(
    list: readonly InstanceSettings[] = [settings()],
    own = '172.28.128.60/24',
    options: RouterOptions = {},
    alarms?: (clock: VirtualClock) => Alarms,
  ) {
    this.kernel.addLink('eth1', [parseCidr4(own) as Cidr4], this.port);
    this.segment.tap((sighting) => {
      if (sighting.port !== this.port) return;
      this.sightings.push(sighting);
      const { frame } = sighting;
      const what =
        frame.kind === 'advert' ? `${frame.advert.priority} from ${frame.from}` : `announce ${frame.address}`;
      this.frames.push(`${this.time} ${what}`);
    });
    const log =
      (level: string) =>
      (fields: object, message: string): void => {
        this.logged.push({ level, fields: fields as Record<string, unknown>, message });
      };
    this.router = new Router(
      list,
      {
        clock: this.clock,
        alarms: alarms?.(this.clock) ?? this.process,
        lans: new SimLans(this.kernel, this.process),
        claims: new SimClaims(this.kernel, this.process),
        addresses: new SimAddresses(this.kernel, this.process, this.clock),
        ways: new SimWays(this.ways, this.process, this.clock),
        log: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
        wall: () => '2026-01-01T00:00:00.000Z',
        transition: (change) => void this.changes.push(change),
        report: (event: Omit<DirectorEvent, 'sequence'> | null) => {
          if (event !== null)
            this.events.push(`${this.time} ${event.what}${event.reason === null ? '' : `: ${event.reason}`}`);
        },
      },
      options,
    );
  }

  get time(): string {
    return toSeconds(this.clock.now() as number as Duration).toFixed(3);
  }

  /** Starts the router and lets time pass until `at` seconds. */
  async started(at: number): Promise<this> {
    this.router.start();
    return this.until(at);
  }

  async until(at: number): Promise<this> {
    await this.clock.advanceTo(instant(Math.round(at * 1e6)));
    return this;
  }

  /** The neighbour at 172.28.128.90 (or `from`) says something. */
  says(priority: number, over: Parameters<typeof advert>[1] = {}, from = '172.28.128.90'): void {
    this.neighbour.send({ kind: 'advert', from: from as Ipv4, advert: advert(priority, over) });
  }

  get standing(): string[] {
    return this.kernel.links().flatMap((link) => link.addresses.map((a) => formatCidr(a.cidr)));
  }

  get status() {
    const [first] = this.router.status();
    if (first === undefined) throw new Error('no instance');
    return first;
  }
}

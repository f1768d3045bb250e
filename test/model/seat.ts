import type { InstanceSettings } from '../../src/router/settings.js';
import type { Port } from '../../src/sim/segment.js';
import type { Family, Ip } from '../../src/values/ip.js';
import { type Cidr, parseCidr } from '../../src/values/ip.js';
import { seconds } from '../../src/values/time.js';
import type { Host } from './host.js';
import { type HostPlan, type Scenario, secondRound } from './scenario.js';

/** The instance's state as the router's reports tell it; `off` without a process. */
export type SeatState = 'off' | 'init' | 'backup' | 'master' | 'fault';

/** One virtual router of a host: its instance on one segment. */
export interface Seat {
  /** The host's name, with the segment's number where there are two. */
  readonly name: string;
  readonly host: Host;
  /** The segment. */
  readonly at: number;
  readonly instance: string;
  readonly interface: string;
  readonly port: Port;
  readonly address: Ip;
  state: SeatState;
}

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;

/** The virtual addresses of a segment. */
export const vips = (family: Family, at: number): readonly Cidr[] => VIPS[family][at] ?? [];

const VIPS: Readonly<Record<Family, readonly (readonly Cidr[])[]>> = {
  4: [
    [cidr('10.0.0.100/24'), cidr('10.9.9.9/32')],
    [cidr('10.0.1.100/24'), cidr('10.9.10.9/32')],
  ],
  6: [
    [cidr('fe80::100/64'), cidr('2001:db8::9/128')],
    [cidr('fe80::101/64'), cidr('2001:db8:1::9/128')],
  ],
};

/** The own address of a host on a segment. */
export const ownAddress = (family: Family, place: number, at: number): Cidr =>
  cidr(family === 4 ? `10.0.${at}.${place + 1}/24` : `fe80::${at + 1}:${place + 1}/64`);

/** What the model makes of a plan: the instance on segment `at` of the host at `place`. */
export function settingsOf(scenario: Scenario, plan: HostPlan, place: number, at: number): InstanceSettings {
  const { version, family } = scenario;
  const name = `eth${at}`;
  const addresses = vips(family, at);
  const peers = scenario.hosts.flatMap((_, other) =>
    other === place ? [] : [{ address: ownAddress(family, other, at).address, minTtl: 255, maxTtl: 255 }],
  );
  return {
    name: `VI_${at + 1}`,
    interface: name,
    priority: at === 0 ? plan.priority : plan.priority2,
    vrrp: {
      virtualRouterId: 50 + at,
      version,
      family,
      unicast: scenario.unicast ? { peers, ttl: 255, anySource: false } : null,
      interval: plan.interval,
      preempt: plan.preempt,
      preemptDelay: plan.preemptDelay,
      auth: version === 2 ? { type: 'pass', password: 'netology' } : { type: 'none' },
      checksum: 'pseudo_header',
      addresses: addresses.map((each) => each.address),
      announce: { first: 2, delay: secondRound(scenario), second: 1, refresh: seconds(60) },
    },
    addresses: addresses.map((each) => ({
      interface: name,
      cidr: each,
      broadcast: null,
      scope: 'global',
      label: null,
    })),
    // The first instance alone tracks: where there are two, the other one follows by the group.
    tracks:
      plan.weight === null || at > 0 ? [] : [{ kind: 'script', name: 'chk', weight: plan.weight, reverse: false }],
    interfaces: [],
  };
}

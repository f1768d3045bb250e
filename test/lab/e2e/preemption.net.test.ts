import { afterEach, describe, expect, it } from 'vitest';
import { type Capture, type Host, Lab, type LabProcess, type Packet } from '../lab.js';
import { pause, type Speaker, until, type Which } from './pair.js';

const VIP = '172.28.128.200';
const INTERVAL_MS = 100;
const DELAY_MS = 2_000;
/** Processes that wait for each other on a busy machine of two cores. */
const MARGIN_MS = 400;
const ADDRESS: Readonly<Record<Which, string>> = { d1: '172.28.128.60', d2: '172.28.128.90' };
const PRIORITY: Readonly<Record<Which, number>> = { d1: 100, d2: 50 };
/** RFC 9568 §6.1 in ms, for d1, computed apart from directord's own code. */
const DOWN_MS = 3 * INTERVAL_MS + ((256 - PRIORITY.d1) * INTERVAL_MS) / 256;

/** How d1, the better one, is told to take over from d2; d2 preempts, and has nobody to preempt. */
type How = 'never' | 'delayed';

const YAML: Readonly<Record<How, string>> = { never: 'preempt: false', delayed: `preempt_delay: ${DELAY_MS}ms` };
const CONF: Readonly<Record<How, string>> = { never: 'nopreempt', delayed: `preempt_delay ${DELAY_MS / 1000}` };

const yaml = (which: Which, how: How): string => `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      priority: ${PRIORITY[which]}
      advert_int: ${INTERVAL_MS}ms
      ${which === 'd1' ? YAML[how] : 'preempt: true'}
      virtual_addresses: [${VIP}/24]
`;

const conf = (which: Which, how: How): string => `
global_defs {
  vrrp_version 3
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth1
  virtual_router_id 50
  priority ${PRIORITY[which]}
  advert_int ${INTERVAL_MS / 1000}
  ${which === 'd1' ? CONF[how] : ''}
  virtual_ipaddress {
    ${VIP}/24
  }
}
`;

/** An advert of a master: not its last one. */
const from = (which: Which) => (p: Packet) => p.ip?.source === ADDRESS[which] && (p.vrrp?.priority ?? 0) > 0;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

/** The better router comes to a network where the other one is master. */
class Arrival {
  readonly lab: Lab;
  readonly capture: Capture;
  readonly #speaker: Speaker;
  readonly #how: How;

  private constructor(on: Lab, capture: Capture, speaker: Speaker, how: How) {
    this.lab = on;
    this.capture = capture;
    this.#speaker = speaker;
    this.#how = how;
  }

  /** d2 is master. */
  static async up(name: string, d1: Speaker, d2: Speaker, how: How): Promise<Arrival> {
    const hosts = Object.fromEntries(Object.entries(ADDRESS).map(([host, ip]) => [host, { eth1: `${ip}/24` }]));
    const on = await Lab.up({ name, hosts: { ...hosts, client: { eth1: '172.28.128.10/24' } } });
    lab = on;
    const capture = await on.host('client').tcpdump('eth1', 'proto 112');
    await speak(on.host('d2'), 'd2', d2, how);
    await capture.waitFor(from('d2'), 'advert of d2');
    const arrival = new Arrival(on, capture, d1, how);
    await arrival.alone('d2');
    return arrival;
  }

  /** @returns d1, which listens, and when it was started and when it listened, in µs as packets have it */
  async start(): Promise<{ readonly d1: LabProcess; readonly begun: number; readonly listens: number }> {
    const begun = Date.now() * 1000;
    const d1 = await speak(this.lab.host('d1'), 'd1', this.#speaker, this.#how);
    await d1.waitForLine(this.#speaker === 'directord' ? / is backup"/ : /Entering BACKUP STATE/);
    return { d1, begun, listens: Date.now() * 1000 };
  }

  /** d2 vanishes: d1 takes over from it by the RFC's time, as if there were no bounds on preemption. */
  async vanishes(): Promise<void> {
    const { packets } = this.capture;
    expect(packets.filter(from('d1'))).toEqual([]);
    await this.lab.cut('d2', 'eth1');
    const first = await this.capture.waitFor(from('d1'), 'advert of d1', 5_000);
    const last = packets.filter((p) => p.at < first.at && from('d2')(p)).at(-1)?.at ?? 0;
    expect((first.at - last) / 1000).toBeGreaterThan(DOWN_MS - 2);
    expect((first.at - last) / 1000).toBeLessThan(DOWN_MS + MARGIN_MS);
    await this.alone('d1');
  }

  /** Waits until the address is there alone. */
  async alone(which: Which): Promise<void> {
    const has = (host: Which): Promise<boolean> => this.lab.host(host).hasAddress('eth1', `${VIP}/24`);
    const other = which === 'd1' ? 'd2' : 'd1';
    await until(async () => (await has(which)) && !(await has(other)), 10_000, `${which} alone with the address`);
  }
}

const speak = (host: Host, which: Which, speaker: Speaker, how: How): Promise<LabProcess> =>
  speaker === 'directord' ? host.directord(yaml(which, how)) : host.keepalived(conf(which, how));

async function neverTakesOver(name: string, d1: Speaker, d2: Speaker): Promise<void> {
  const arrival = await Arrival.up(name, d1, d2, 'never');
  await arrival.start();
  await pause(15 * INTERVAL_MS);
  await arrival.alone('d2');
  await arrival.vanishes();
  // What comes back is the worse one: it lets go, or was in fault and never had it.
  await arrival.lab.heal('d2', 'eth1');
  await pause(5 * INTERVAL_MS);
  await arrival.alone('d1');
}

async function takesOverLater(name: string, d1: Speaker, d2: Speaker): Promise<void> {
  const arrival = await Arrival.up(name, d1, d2, 'delayed');
  const { begun, listens } = await arrival.start();
  const first = await arrival.capture.waitFor(from('d1'), 'advert of d1', 10_000);
  expect((first.at - begun) / 1000).toBeGreaterThan(DELAY_MS);
  // When the delay is over, d1 hears no better one until its timer has run out.
  expect((first.at - listens) / 1000).toBeLessThan(DELAY_MS + DOWN_MS + MARGIN_MS);
  await arrival.alone('d1');
}

async function takesOverWithoutDelay(name: string, d1: Speaker, d2: Speaker): Promise<void> {
  const arrival = await Arrival.up(name, d1, d2, 'delayed');
  const { listens } = await arrival.start();
  await pause(3 * INTERVAL_MS);
  await arrival.vanishes();
  const first = arrival.capture.packets.find(from('d1'));
  expect(((first?.at ?? 0) - listens) / 1000).toBeLessThan(DELAY_MS);
}

describe('without preemption', () => {
  it('27, 29: leaves a living keepalived of lower priority in office, and takes over from a vanished one', () =>
    neverTakesOver('np-k', 'directord', 'keepalived'));

  it('27, 29: is left in office by a keepalived of higher priority, and taken over from when it vanishes', () =>
    neverTakesOver('np-by-k', 'keepalived', 'directord'));

  it('27, 29: is the same between two directords', () => neverTakesOver('np-pair', 'directord', 'directord'));
});

describe('with a delay of preemption', () => {
  it('28: takes over from a living keepalived of lower priority when the delay is over', () =>
    takesOverLater('pd-k', 'directord', 'keepalived'));

  it('34: is taken over from by a keepalived of higher priority when the delay is over', () =>
    takesOverLater('pd-by-k', 'keepalived', 'directord'));

  it('29: takes over from a vanished keepalived at once', () =>
    takesOverWithoutDelay('pd-gone-k', 'directord', 'keepalived'));

  it('29: is taken over from at once by keepalived when it vanishes', () =>
    takesOverWithoutDelay('pd-gone', 'keepalived', 'directord'));
});

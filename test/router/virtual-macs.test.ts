import { beforeEach, describe, expect, it } from 'vitest';
import type { Link } from '../../src/ports/addresses.js';
import type { Lan, Sender } from '../../src/ports/lan.js';
import { type VirtualMac, type VirtualMacs, virtualMacOf } from '../../src/ports/virtual-mac.js';
import type { InstanceSettings } from '../../src/router/settings.js';
import { VirtualMacKeeper, virtualMacFor } from '../../src/router/virtual-macs.js';
import { VirtualClock } from '../../src/sim/clock.js';
import type { Failure } from '../../src/values/failure.js';
import { seconds } from '../../src/values/time.js';

const MAC = virtualMacOf(50, 4);
const settings = (adverts: 'virtual' | 'base' = 'virtual'): InstanceSettings =>
  ({
    name: 'VI_1',
    interface: 'eth1',
    vrrp: { virtualRouterId: 50, version: 2, family: 4, unicast: null },
    virtualMac: { interface: 'vrrp.50', mac: MAC, adverts },
    priority: 100,
    addresses: [],
    tracks: [],
    interfaces: [],
  }) as unknown as InstanceSettings;
const link = (name: string, index: number, mac = '02:00:00:00:00:01'): Link => ({
  name,
  index,
  mac,
  up: true,
  running: true,
  addresses: [],
});
const eth1 = link('eth1', 2);
const vrrp = link('vrrp.50', 9, MAC);

/** A kernel that answers when it is told to, and a lan that remembers. */
class World implements VirtualMacs {
  readonly clock = new VirtualClock();
  readonly told: string[] = [];
  answer: (Failure | null)[] = [null];
  refreshed = 0;
  sender: Sender | Failure = {
    send: () => {
      this.told.push('sent');
      return null;
    },
    close: () => this.told.push('closed'),
  };
  failed: (failure: Failure) => void = () => {};
  readonly keeper: VirtualMacKeeper;

  constructor(adverts?: 'virtual' | 'base') {
    this.keeper = new VirtualMacKeeper([settings(adverts)], {
      clock: this.clock,
      alarms: {
        alarm: (fire) => {
          let armed = {};
          return {
            set: (at) => {
              const mine = {};
              armed = mine;
              this.clock.at(at, () => {
                if (armed === mine) fire();
              });
            },
            clear: () => {
              armed = {};
            },
            close: () => {
              armed = {};
            },
          };
        },
      },
      lans: {
        open: () => ({ what: 'lan.open', code: 'unused', detail: '' }),
        announcer: () => ({ what: 'lan.announcer', code: 'unused', detail: '' }),
        sender: (name, _routers, failed) => {
          this.told.push(`open ${name}`);
          this.failed = failed;
          return this.sender;
        },
      },
      virtualMacs: this,
      refresh: () => {
        this.refreshed += 1;
      },
      sendFailed: (name, { code }) => this.told.push(`${name} ${code}`),
    });
  }

  async ensure(wanted: readonly VirtualMac[]): Promise<readonly (Failure | null)[]> {
    this.told.push(`ensure ${wanted.map((w) => `${w.name} on ${w.parent} ${w.mac}`).join()}`);
    return this.answer;
  }

  async remove(wanted: readonly VirtualMac[]): Promise<readonly (Failure | null)[]> {
    this.told.push(`remove ${wanted.map((w) => w.name).join()}`);
    return this.answer;
  }

  /** Made, and seen. */
  async settle(...links: Link[]): Promise<void> {
    this.keeper.follow([eth1]);
    await turn();
    this.keeper.follow(links);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const base: Lan = { send: () => null, drain: () => 7, close: () => {} };
const ENSURE = `ensure vrrp.50 on eth1 ${MAC}`;

describe('the interface of a virtual MAC', () => {
  it('has IPv6 where its adverts or one of its addresses are IPv6', () => {
    const mac = { interface: 'vrrp.50', mac: MAC, adverts: 'virtual' } as const;
    const family = (...addresses: string[]): number => {
      const on = addresses.map((text) => {
        const [name = '', address = ''] = text.split(' ');
        return { interface: name, cidr: { address, prefix: 64 } };
      });
      return virtualMacFor({ ...settings(), addresses: on as never }, mac).family;
    };
    expect(family('vrrp.50 172.28.128.200')).toBe(4);
    expect(family('vrrp.50 172.28.128.200', 'eth2 2001:db8::1')).toBe(4);
    expect(family('vrrp.50 172.28.128.200', 'vrrp.50 2001:db8::1')).toBe(6);
    const six = settings();
    expect(virtualMacFor({ ...six, vrrp: { ...six.vrrp, family: 6 } }, mac).family).toBe(6);
  });

  let world: World;
  beforeEach(() => {
    world = new World();
  });

  it('waits for its parent, is asked for once, and leaves the instance alone until it stands', async () => {
    world.keeper.follow([]);
    expect([world.told, world.keeper.unsettled(settings(), [])]).toEqual([[], false]);
    world.keeper.follow([eth1]);
    world.keeper.follow([eth1]);
    expect([world.told, world.keeper.unsettled(settings(), [eth1])]).toEqual([[ENSURE], true]);
    await turn();
    expect(world.refreshed).toBe(1);
    world.keeper.follow([eth1, vrrp]);
    expect(world.keeper.unsettled(settings(), [eth1, vrrp])).toBe(false);
    expect(world.told).toEqual([ENSURE, 'open vrrp.50']);
  });

  it('that is there already is asked for all the same: whose it is, only the kernel tells', async () => {
    world.keeper.follow([eth1, vrrp]);
    await turn();
    world.keeper.follow([eth1, vrrp]);
    expect(world.told).toEqual([ENSURE, 'open vrrp.50']);
  });

  it('sends adverts, which are heard on the parent; with adverts: base the parent does both', async () => {
    await world.settle(eth1, vrrp);
    const lan = world.keeper.lanOf(settings(), base);
    lan?.send({} as never, '192.0.2.1' as never);
    expect([world.told.at(-1), lan?.drain(1)]).toEqual(['sent', 7]);
    expect(world.keeper.lanOf(settings(), base)).toBe(lan);
    expect(world.keeper.lanOf(settings(), null)).toBeNull();
    const other = new World('base');
    await other.settle(eth1, vrrp);
    expect([other.keeper.lanOf(settings('base'), base), other.told]).toEqual([base, [ENSURE]]);
  });

  it('is made anew when it is removed, set down, given another MAC, or its parent came back', async () => {
    for (const links of [
      [eth1],
      [eth1, { ...vrrp, up: false }],
      [eth1, { ...vrrp, mac: eth1.mac }],
      [{ ...eth1, index: 3 }, vrrp],
    ]) {
      world = new World();
      await world.settle(eth1, vrrp);
      world.keeper.follow(links);
      expect(world.told).toEqual([ENSURE, 'open vrrp.50', 'closed', ENSURE]);
    }
  });

  it('that cannot be made is a reason to stay out, and is tried again after five seconds', async () => {
    world.answer = [{ what: 'virtual-mac.ensure', code: 'foreign', detail: 'vrrp.50: a bridge' }];
    await world.settle(eth1);
    expect(world.keeper.trouble(settings())).toBe('no virtual MAC: virtual-mac.ensure vrrp.50: a bridge: foreign');
    expect([world.told, world.keeper.unsettled(settings(), [eth1])]).toEqual([[ENSURE], false]);
    await world.clock.advance(seconds(5));
    expect([world.refreshed, world.keeper.trouble(settings())]).toEqual([2, null]);
    world.answer = [null];
    world.keeper.follow([eth1]);
    expect(world.told).toEqual([ENSURE, ENSURE]);
  });

  it('opens its socket anew after a send that failed later', async () => {
    await world.settle(eth1, vrrp);
    world.failed({ what: 'lan.send', code: 'ENOBUFS', detail: '' });
    expect(world.keeper.lanOf(settings(), base)).toBeNull();
    await world.clock.advance(seconds(1));
    world.keeper.follow([eth1, vrrp]);
    expect(world.told).toEqual([ENSURE, 'open vrrp.50', 'VI_1 ENOBUFS', 'closed', 'open vrrp.50']);
  });

  it('goes at the end, and what the kernel refuses is told', async () => {
    await world.settle(eth1, vrrp);
    world.answer = [{ what: 'virtual-mac.remove', code: 'EPERM', detail: 'vrrp.50' }];
    expect(await world.keeper.stop()).toEqual(['virtual-mac.remove vrrp.50: EPERM']);
    expect(world.told.slice(-2)).toEqual(['closed', 'remove vrrp.50']);
    world.keeper.follow([eth1]);
    expect(world.told.at(-1)).toBe('remove vrrp.50');
  });
});

describe('the interface of a virtual MAC after a reload', () => {
  const other = (more: Partial<InstanceSettings>, mac: object = {}): InstanceSettings =>
    ({ ...settings(), ...more, virtualMac: { ...settings().virtualMac, ...mac } }) as InstanceSettings;
  const six = [{ interface: 'vrrp.50', cidr: { address: '2001:db8::1', prefix: 64 } }] as never;
  let world: World;
  /** Says that no address is left on what is to go. */
  let left: () => void;
  const reload = (...wanted: InstanceSettings[]): void =>
    world.keeper.reconfigure(wanted, () => new Promise((resolve) => (left = resolve)));
  beforeEach(async () => {
    world = new World();
    left = () => {};
    await world.settle(eth1, vrrp);
    world.told.length = 0;
  });

  it('stays with its socket where it is wanted as it is, whatever the instance is called', () => {
    reload(other({ name: 'VI_renamed', priority: 50 }));
    world.keeper.follow([eth1, vrrp]);
    expect(world.told).toEqual([]);
    const lan = world.keeper.lanOf(other({ name: 'VI_renamed' }), base);
    lan?.send({} as never, '192.0.2.1' as never);
    expect(world.told).toEqual(['sent']);
    expect(world.keeper.lanOf(settings(), base)).toBe(base);
  });

  it('has its socket opened anew for another version or unicast, without being made anew', () => {
    reload(other({ vrrp: { ...settings().vrrp, version: 3 } }));
    world.keeper.follow([eth1, vrrp]);
    expect(world.told).toEqual(['closed', 'open vrrp.50']);
  });

  it('is set up again for its first IPv6 address', async () => {
    reload(other({ addresses: six }));
    world.keeper.follow([eth1, vrrp]);
    expect(world.told).toEqual(['closed', ENSURE]);
    await turn();
    world.keeper.follow([eth1, vrrp]);
    expect(world.told.at(-1)).toBe('open vrrp.50');
  });

  it('is removed when it is not wanted any more, and not before its addresses are gone', async () => {
    reload(other({}, { interface: 'vrrp.new' }));
    world.keeper.follow([eth1, vrrp]);
    expect(world.told).toEqual(['closed']);
    // What comes is made after that: it might have the name of what goes.
    left();
    await turn();
    expect(world.told).toEqual(['closed', 'remove vrrp.50']);
    world.keeper.follow([eth1]);
    expect(world.told.at(-1)).toBe(`ensure vrrp.new on eth1 ${MAC}`);
  });

  it('is another one on another parent, with another MAC, and where adverts leave by another way', async () => {
    for (const wanted of [
      other({ interface: 'eth2' }),
      other({}, { mac: virtualMacOf(51, 4) }),
      other({}, { adverts: 'base' }),
    ]) {
      world = new World();
      await world.settle(eth1, vrrp);
      reload(wanted);
      left();
      await turn();
      expect(world.told.slice(-2)).toEqual(['closed', 'remove vrrp.50']);
    }
  });

  it('goes with its instance’s use of it: the instance speaks on its parent then', async () => {
    reload({ ...settings(), virtualMac: null });
    expect(world.keeper.lanOf(settings(), base)).toBe(base);
    expect(world.keeper.troubles.size).toBe(0);
    left();
    await turn();
    expect(world.told).toEqual(['closed', 'remove vrrp.50']);
    expect(await world.keeper.stop()).toEqual([]);
  });

  it('that the kernel will not remove does not hold up what is to be made', async () => {
    world.answer = [{ what: 'virtual-mac.remove', code: 'EPERM', detail: 'vrrp.50' }];
    reload(other({}, { interface: 'vrrp.new' }));
    left();
    await turn();
    world.answer = [null];
    world.keeper.follow([eth1, vrrp]);
    expect(world.told.at(-1)).toBe(`ensure vrrp.new on eth1 ${MAC}`);
  });
});

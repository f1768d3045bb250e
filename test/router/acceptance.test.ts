import { describe, expect, it } from 'vitest';
import type { PacketFilter } from '../../src/ports/packet-filter.js';
import { Acceptance } from '../../src/router/acceptance.js';
import type { InstanceSettings } from '../../src/router/settings.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import type { Failure } from '../../src/values/failure.js';
import type { Ip } from '../../src/values/ip.js';
import { silent } from '../../src/values/log.js';
import { seconds } from '../../src/values/time.js';

/** An instance that does not accept, unless it is said. */
const instance = (name: string, addresses: readonly string[], more: Partial<InstanceSettings> = {}) =>
  ({
    name,
    priority: 100,
    accept: false,
    addresses: addresses.map((address) => ({ interface: 'eth1', cidr: { address, prefix: 24 } })),
    ...more,
  }) as unknown as InstanceSettings;

const ONE = instance('VI_1', ['192.0.2.1']);
const REFUSED: Failure = { what: 'packet-filter.install', code: 'EPERM', detail: 'nf_tables' };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A kernel's filter that notes what it is told. */
class World implements PacketFilter {
  readonly clock = new VirtualClock();
  readonly told: string[] = [];
  addresses: readonly Ip[] | null = null;
  refusal: Failure | null = null;
  changes = 0;
  /** Holds the next call until it is called. */
  goOn: (() => void) | null = null;
  slow = false;
  readonly acceptance: Acceptance;

  constructor(...settings: InstanceSettings[]) {
    this.acceptance = new Acceptance(settings, {
      clock: this.clock,
      alarms: new SimProcess(this.clock),
      log: silent,
      packetFilter: this,
      changed: () => {
        this.changes += 1;
      },
    });
    this.acceptance.start();
  }

  async install(addresses: readonly Ip[]): Promise<Failure | null> {
    if (this.slow) await new Promise<void>((resolve) => (this.goOn = resolve));
    this.told.push(`install ${addresses.join()}`);
    if (this.refusal === null) this.addresses = addresses;
    return this.refusal;
  }

  async stands(): Promise<boolean> {
    this.told.push('stands?');
    return this.addresses !== null;
  }

  async remove(): Promise<Failure | null> {
    this.told.push('remove');
    if (this.refusal === null) this.addresses = null;
    return this.refusal;
  }

  async reload(...settings: InstanceSettings[]): Promise<void> {
    this.acceptance.reconfigure(settings);
    await turn();
  }
}

const started = async (...settings: InstanceSettings[]): Promise<World> => {
  const world = new World(...settings);
  await turn();
  return world;
};

describe('the packet filter of accept: false after a reload', () => {
  it('is left as it is where the addresses are the same', async () => {
    const world = await started(ONE);
    await world.reload(instance('VI_renamed', ['192.0.2.1']), instance('VI_2', ['192.0.2.9'], { accept: true }));
    expect(world.told).toEqual(['install 192.0.2.1']);
  });

  it('is replaced in one step where they are others, never removed in between, and looked after again', async () => {
    const world = await started(ONE);
    await world.reload(ONE, instance('VI_2', ['192.0.2.2', '192.0.2.1']));
    expect(world.told).toEqual(['install 192.0.2.1', 'install 192.0.2.1,192.0.2.2']);
    await world.clock.advance(seconds(6));
    expect(world.told.slice(2)).toEqual(['stands?']);
  });

  it('goes with the last instance that does not accept, and is not looked after any more', async () => {
    const world = await started(ONE);
    await world.reload(instance('VI_1', ['192.0.2.1'], { accept: true }));
    expect([world.told.at(-1), world.addresses]).toEqual(['remove', null]);
    await world.clock.advance(seconds(60));
    expect(world.told).toEqual(['install 192.0.2.1', 'remove']);
    await world.acceptance.stop();
    expect(world.told).toEqual(['install 192.0.2.1', 'remove']);
  });

  it('goes with an instance that becomes the owner: its addresses are the host’s own', async () => {
    const world = await started(ONE);
    await world.reload(instance('VI_1', ['192.0.2.1'], { priority: 255 }));
    expect(world.addresses).toBeNull();
  });

  it('comes with the first instance that does not accept', async () => {
    const world = await started(instance('VI_1', ['192.0.2.1'], { accept: true }));
    await world.clock.advance(seconds(6));
    expect(world.told).toEqual([]);
    await world.reload(ONE);
    await world.clock.advance(seconds(6));
    expect(world.told).toEqual(['install 192.0.2.1', 'stands?']);
  });

  it('ends as the last of several says that came while the kernel was at work', async () => {
    const world = new World(ONE);
    world.slow = true;
    await turn();
    world.acceptance.reconfigure([]);
    world.acceptance.reconfigure([instance('VI_1', ['192.0.2.2'])]);
    world.acceptance.reconfigure([instance('VI_1', ['192.0.2.3'])]);
    world.slow = false;
    world.goOn?.();
    await turn();
    expect(world.addresses).toEqual(['192.0.2.3']);
    expect(world.told).not.toContain('remove');
  });

  it('that the kernel refuses is told of the instances that do not accept now, and tried again', async () => {
    const world = await started(ONE);
    world.refusal = REFUSED;
    await world.reload(instance('VI_2', ['192.0.2.2']));
    expect(world.changes).toBe(1);
    expect(world.acceptance.reason('VI_1')).toBeNull();
    expect(world.acceptance.reason('VI_2')).toBe(
      'accept: false is not enforced, this host takes packets: packet-filter.install nf_tables: EPERM',
    );
    world.refusal = null;
    await world.clock.advance(seconds(6));
    expect([world.addresses, world.acceptance.reason('VI_2'), world.changes]).toEqual([['192.0.2.2'], null, 2]);
  });

  it('is not touched by a reload that comes after the end', async () => {
    const world = await started(ONE);
    await world.acceptance.stop();
    await world.reload(instance('VI_1', ['192.0.2.2']));
    expect(world.told).toEqual(['install 192.0.2.1', 'remove']);
  });
});

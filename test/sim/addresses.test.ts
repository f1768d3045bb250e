import { describe, expect, it } from 'vitest';
import type { VirtualAddress } from '../../src/ports/addresses.js';
import { SimAddresses } from '../../src/sim/addresses.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimKernel } from '../../src/sim/kernel.js';
import { SimProcess } from '../../src/sim/process.js';
import { type Cidr, formatCidr, parseCidr } from '../../src/values/ip.js';
import { millis } from '../../src/values/time.js';

const cidr = (text: string): Cidr => parseCidr(text) as Cidr;
const vip = (text: string, on = 'eth0'): VirtualAddress => ({
  interface: on,
  cidr: cidr(text),
  broadcast: null,
  scope: 'global',
  label: null,
});

function setUp(own = ['10.0.0.1/24']) {
  const clock = new VirtualClock();
  const kernel = new SimKernel('a');
  kernel.addLink('eth0', own.map(cidr));
  const process = new SimProcess(clock);
  const addresses = new SimAddresses(kernel, process, clock);
  /** Waits in virtual time. */
  const get = async <T>(promise: Promise<T>): Promise<T> => {
    const kept = promise.catch(() => null);
    await clock.advance(millis(1));
    await kept;
    return promise;
  };
  const standing = () => kernel.links().flatMap((l) => l.addresses.map((a) => formatCidr(a.cidr)));
  return { clock, kernel, process, addresses, get, standing };
}

describe('the addresses of a simulated kernel', () => {
  it('are added and removed in batches, twice as well as once', async () => {
    const { addresses, get, standing } = setUp();
    expect(await get(addresses.add([vip('10.0.0.10/24'), vip('10.0.0.11/32')]))).toEqual([null, null]);
    expect(await get(addresses.add([vip('10.0.0.10/24')]))).toEqual([null]);
    expect(standing()).toEqual(['10.0.0.1/24', '10.0.0.10/24', '10.0.0.11/32']);
    expect(await get(addresses.remove([vip('10.0.0.10/24'), vip('10.0.0.99/32')]))).toEqual([null, null]);
    expect(standing()).toEqual(['10.0.0.1/24', '10.0.0.11/32']);
  });

  it('say who is secondary, and a primary takes its secondaries with it', async () => {
    const { kernel, addresses, get, standing } = setUp();
    await get(addresses.add([vip('10.0.0.10/24'), vip('10.0.0.11/32')]));
    const [link] = await get(addresses.links());
    expect(link?.addresses.map((a) => a.secondary)).toEqual([false, true, false]);
    expect(kernel.remove(vip('10.0.0.1/24'))).toBeNull();
    expect(standing()).toEqual(['10.0.0.11/32']);
  });

  it('are refused where there is no interface, or where a test wants it', async () => {
    const { kernel, addresses, get } = setUp();
    expect(await get(addresses.add([vip('10.0.0.10/24', 'eth9')]))).toEqual([
      { what: 'address.add', code: 'ENODEV', detail: '10.0.0.10/24 on eth9' },
    ]);
    kernel.refuse = (what) => (what === 'address.add' ? 'ENOBUFS' : what === 'address.list' ? 'EINTR' : null);
    expect(await get(addresses.add([vip('10.0.0.10/24')]))).toMatchObject([{ code: 'ENOBUFS' }]);
    await expect(get(addresses.links())).rejects.toThrow('EINTR');
  });

  it('stay on a link that is down, and go with a link that is removed', async () => {
    const { kernel, addresses, get, standing } = setUp();
    kernel.setUp('eth0', false);
    expect(standing()).toEqual(['10.0.0.1/24']);
    expect((await get(addresses.links()))[0]).toMatchObject({ up: false, running: false });
    const before = kernel.links()[0]?.index;
    kernel.removeLink('eth0');
    expect(await get(addresses.links())).toEqual([]);
    kernel.addLink('eth0', []);
    expect(kernel.links()[0]?.index).not.toBe(before);
  });

  it('of IPv6 go when their link is set down, and only its own comes back', async () => {
    const { kernel, addresses, get, standing } = setUp(['10.0.0.1/24', 'fe80::1/64']);
    await get(addresses.add([vip('2001:db8::10/64'), vip('fe80::11/64')]));
    expect((await get(addresses.links()))[0]?.addresses.map((a) => a.secondary)).toEqual([false, false, false, false]);
    expect(kernel.add(vip('2001:db8::10/128'))).toBe('EEXIST');
    kernel.setUp('eth0', false);
    expect(standing()).toEqual(['10.0.0.1/24']);
    kernel.setUp('eth0', true);
    expect(standing()).toEqual(['10.0.0.1/24', 'fe80::1/64']);
  });

  it('notify once for changes that come together, and no more after the end of the watch', async () => {
    const { clock, kernel, addresses } = setUp();
    let calls = 0;
    const watch = addresses.watch(() => {
      calls += 1;
    });
    kernel.add(vip('10.0.0.10/24'));
    kernel.setUp('eth0', false);
    expect(calls).toBe(0);
    await clock.advance(millis(1));
    expect(calls).toBe(1);
    kernel.setUp('eth0', true);
    watch.close();
    await clock.advance(millis(1));
    expect(calls).toBe(1);
  });

  it('outlive the process, which gets no answer any more', async () => {
    const { clock, process, addresses, standing } = setUp();
    let answered = false;
    void addresses.add([vip('10.0.0.10/24')]).then(() => {
      answered = true;
    });
    process.kill();
    await clock.advance(millis(1));
    expect(answered).toBe(false);
    expect(standing()).toContain('10.0.0.10/24');
  });
});

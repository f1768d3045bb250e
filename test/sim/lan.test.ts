import { describe, expect, it } from 'vitest';
import type { Advert } from '../../src/core/vrrp/advert.js';
import type { Announcer, Lan, Listened } from '../../src/ports/lan.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimKernel } from '../../src/sim/kernel.js';
import { SimLans } from '../../src/sim/lan.js';
import { SimProcess } from '../../src/sim/process.js';
import { seeded } from '../../src/sim/random.js';
import { fair, Segment, type Weather } from '../../src/sim/segment.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { micros, millis, seconds } from '../../src/values/time.js';

const advert = (priority: number, virtualRouterId = 50): Advert => ({
  version: 2,
  virtualRouterId,
  priority,
  interval: seconds(1),
  addresses: ['10.0.0.10' as Ipv4],
  auth: { type: 'none' },
});

/** Hosts a, b and c on one segment, each with an open lan; `heard` collects `time host priority`. */
function three(weather: Weather = fair, seed = 1) {
  const clock = new VirtualClock();
  const start = clock.now();
  const segment = new Segment(clock, seeded(seed), weather);
  const heard: string[] = [];
  const hosts = ['a', 'b', 'c'].map((name, i) => {
    const kernel = new SimKernel(name);
    const port = segment.plug(name);
    const address = `10.0.0.${i + 1}` as Ipv4;
    kernel.addLink('eth0', [{ address, prefix: 24 }], port);
    const process = new SimProcess(clock);
    const lans = new SimLans(kernel, process);
    const announcer = lans.announcer('eth0') as Announcer;
    const routers: Listened[] = [{ virtualRouterId: 50, version: 2, family: 4, unicast: null }];
    const lan = lans.open('eth0', routers, {
      advert: (_, { priority }) => heard.push(`${clock.now() - start} ${name} ${priority}`),
      dropped: (why) => heard.push(`${name} ${why}`),
      failed: () => {},
    }) as Lan;
    return { name, kernel, port, process, lan, announcer, address };
  });
  const [a, b, c] = hosts as [(typeof hosts)[0], (typeof hosts)[0], (typeof hosts)[0]];
  return { clock, segment, heard, a, b, c };
}

describe('a segment', () => {
  it('carries an advert to everybody else after its delay', async () => {
    const { clock, heard, a } = three();
    expect(a.lan.send(advert(100), a.address)).toBeNull();
    await clock.advance(millis(1));
    expect(heard).toEqual(['50 b 100', '50 c 100']);
  });

  it('loses, doubles and delays about as often as asked', async () => {
    const { clock, heard, a } = three({
      loss: 0.5,
      duplication: 0.5,
      delay: micros(10),
      jitter: micros(90),
      reorder: true,
    });
    for (let i = 0; i < 1_000; i += 1) a.lan.send(advert(100), a.address);
    await clock.advance(seconds(1));
    expect(heard.length).toBeGreaterThan(1_350); // 2 receivers × 1,000 × 0.5 × 1.5 = 1,500
    expect(heard.length).toBeLessThan(1_650);
    const times = heard.map((line) => Number(line.split(' ')[0]));
    expect(Math.min(...times)).toBe(10);
    expect(Math.max(...times)).toBe(100);
  });

  it('keeps the order where it may not reorder, and mixes it up where it may', async () => {
    for (const reorder of [false, true]) {
      const { clock, heard, a } = three({ loss: 0, duplication: 0, delay: micros(10), jitter: millis(10), reorder });
      for (let i = 1; i <= 100; i += 1) a.lan.send(advert(i), a.address);
      await clock.advance(seconds(1));
      const order = heard.filter((line) => line.includes(' b ')).map((line) => Number(line.split(' ')[2]));
      expect(order.length).toBe(100);
      expect(order.every((n, i) => n === i + 1)).toBe(!reorder);
    }
  });

  it('does the same with the same seed', async () => {
    const run = async (seed: number) => {
      const { clock, heard, a } = three(
        { loss: 0.3, duplication: 0.3, delay: micros(10), jitter: millis(1), reorder: true },
        seed,
      );
      for (let i = 1; i <= 50; i += 1) a.lan.send(advert(i), a.address);
      await clock.advance(seconds(1));
      return heard.join();
    };
    expect(await run(7)).toBe(await run(7));
    expect(await run(7)).not.toBe(await run(8));
  });

  it('parts into islands that do not hear each other, also what is under way, and heals', async () => {
    const { clock, segment, heard, a, b, c } = three();
    a.lan.send(advert(1), a.address);
    segment.part([a.port, b.port], [c.port]);
    await clock.advance(millis(1));
    expect(heard).toEqual(['50 b 1']);
    expect(c.kernel.links()[0]?.running).toBe(true);
    segment.heal();
    a.lan.send(advert(2), a.address);
    await clock.advance(millis(1));
    expect(heard.slice(1)).toEqual(['1050 b 2', '1050 c 2']);
  });

  it('has no carrier where the cable is out; a send is lost and nobody is told', async () => {
    const { clock, heard, a, b } = three();
    b.port.plugged = false;
    expect(b.kernel.links()[0]).toMatchObject({ up: true, running: false });
    expect(b.lan.send(advert(1), b.address)).toBeNull();
    a.lan.send(advert(2), a.address);
    await clock.advance(millis(1));
    expect(heard).toEqual(['50 c 2']);
  });

  it('refuses a send on an interface that is down, gone, or on a closed lan', () => {
    const { a, b, c } = three();
    a.kernel.setUp('eth0', false);
    expect(a.lan.send(advert(1), a.address)).toMatchObject({ what: 'lan.send', code: 'ENETDOWN' });
    b.kernel.removeLink('eth0');
    expect(b.announcer.announce(b.address)).toMatchObject({ what: 'lan.announce', code: 'ENODEV' });
    c.lan.close();
    expect(c.lan.send(advert(1), c.address)).toMatchObject({ code: 'EBADF' });
  });

  it('tells of foreign virtual routers, and shows every frame to a tap', async () => {
    const { clock, segment, heard, a, b } = three();
    const tapped: string[] = [];
    segment.tap(({ port, frame }) => tapped.push(`${port.name} ${frame.kind}`));
    a.lan.send(advert(1, 51), a.address);
    b.announcer.announce('10.0.0.10' as Ipv4);
    await clock.advance(millis(1));
    expect(heard).toEqual(['b unknown-vrid', 'c unknown-vrid']);
    expect(tapped).toEqual(['a advert', 'b announcement']);
  });

  it('lets adverts wait in the socket of a stalled process, where drain finds them', async () => {
    const { clock, heard, a, b } = three();
    b.process.stall();
    for (let i = 1; i <= 600; i += 1) a.lan.send(advert(i % 256), a.address);
    await clock.advance(millis(1));
    expect(heard.filter((line) => line.includes(' b '))).toEqual([]);
    expect(b.lan.drain(10)).toBe(10);
    b.process.wake();
    expect(heard.filter((line) => line.includes(' b ')).length).toBe(512); // the socket's room
  });
});

import { describe, expect, it } from 'vitest';
import type { Advert, Unicast } from '../../src/core/vrrp/advert.js';
import type { Lan, Listened } from '../../src/ports/lan.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimKernel } from '../../src/sim/kernel.js';
import { SimLans } from '../../src/sim/lan.js';
import { SimProcess } from '../../src/sim/process.js';
import { seeded } from '../../src/sim/random.js';
import { Segment } from '../../src/sim/segment.js';
import type { Ip } from '../../src/values/ip.js';
import { millis, seconds } from '../../src/values/time.js';

const ip = (text: string): Ip => text as Ip;
const V4 = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(ip);
const V6 = ['fe80::1', 'fe80::2', 'fe80::3'].map(ip);

const advert = (priority: number, address = '10.0.0.10'): Advert => ({
  version: 3,
  virtualRouterId: 50,
  priority,
  interval: seconds(1),
  addresses: [ip(address)],
  checksum: 'pseudo_header',
});
const peers = (list: readonly (Ip | undefined)[], over: Partial<Unicast> = {}): Unicast => ({
  peers: list.flatMap((address) => (address === undefined ? [] : [{ address, minTtl: 1, maxTtl: 255 }])),
  ttl: 255,
  anySource: false,
  ...over,
});

/** Hosts a, b and c with addresses of both families; `unicast` says which of them have it. */
function three(unicast: (host: number) => Unicast | null) {
  const clock = new VirtualClock();
  const segment = new Segment(clock, seeded(1));
  const heard: string[] = [];
  const hosts = ['a', 'b', 'c'].map((name, i) => {
    const kernel = new SimKernel(name);
    const addresses = [V4[i], V6[i]].flatMap((address) => (address === undefined ? [] : [{ address, prefix: 24 }]));
    kernel.addLink('eth0', addresses, segment.plug(name));
    const lans = new SimLans(kernel, new SimProcess(clock));
    const open = (family: 4 | 6): Lan => {
      const routers: Listened[] = [
        { virtualRouterId: 50, version: 3, family, unicast: family === 4 ? unicast(i) : null },
      ];
      return lans.open('eth0', routers, {
        advert: (from, { priority }) => heard.push(`${name} ${priority} from ${from}`),
        dropped: (why, from, router) => heard.push(`${name} ${why} from ${from} for ${router}`),
        failed: () => {},
      }) as Lan;
    };
    return { four: open(4), six: open(6) };
  });
  return { clock, heard, hosts };
}

describe('a simulated lan', () => {
  it('38: keeps the two families of one VRID apart', async () => {
    const { clock, heard, hosts } = three(() => null);
    hosts[0]?.four.send(advert(4), V4[0] as Ip);
    hosts[1]?.six.send(advert(6, 'fe80::10'), V6[1] as Ip);
    await clock.advance(millis(1));
    expect(heard).toEqual(['b 4 from 10.0.0.1', 'c 4 from 10.0.0.1', 'a 6 from fe80::2', 'c 6 from fe80::2']);
  });

  it('carries unicast to the peers alone, who take it from their peers alone', async () => {
    // a speaks to b and c, b to a, c to b.
    const lists = [peers([V4[1], V4[2]]), peers([V4[0]]), peers([V4[1]])];
    const { clock, heard, hosts } = three((i) => lists[i] ?? null);
    hosts[0]?.four.send(advert(1), V4[0] as Ip);
    hosts[1]?.four.send(advert(2), V4[1] as Ip);
    await clock.advance(millis(1));
    expect(heard).toEqual(['b 1 from 10.0.0.1', 'c unknown-peer from 10.0.0.1 for 50', 'a 2 from 10.0.0.2']);
  });

  it('drops multicast where unicast is expected, the reverse, and a TTL out of bounds', async () => {
    const far = peers([V4[0]]);
    const near = { ...far, peers: far.peers.map((peer) => ({ ...peer, minTtl: 254 })) };
    const lists = [peers([V4[1], V4[2]], { ttl: 64 }), near, null];
    const { clock, heard, hosts } = three((i) => lists[i] ?? null);
    hosts[0]?.four.send(advert(1), V4[0] as Ip);
    hosts[2]?.four.send(advert(3), V4[2] as Ip);
    await clock.advance(millis(1));
    expect(heard).toEqual([
      'b bad-ttl from 10.0.0.1 for 50',
      'c bad-ttl from 10.0.0.1 for 50',
      'a wrong-destination from 10.0.0.3 for 50',
      'b wrong-destination from 10.0.0.3 for 50',
    ]);
  });
});

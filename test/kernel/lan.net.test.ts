import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Cidr, parseCidr } from '../../src/values/ip.js';
import { A, advert, B, BAD, VIP } from './support/adverts.js';
import type { Heard } from './support/agent-protocol.js';
import { type Agent, Network } from './support/network.js';
import { said } from './support/said.js';
import { eventually } from './support/wait.js';

let network: Network;
let a: Agent;
let b: Agent;

beforeAll(async () => {
  network = new Network();
  [a, b] = await Promise.all([network.agent(network.a), network.agent(network.b)]);
});
afterAll(() => network.remove());
afterEach(async () => {
  for (const agent of [a, b]) {
    await agent.closeLan();
    await agent.heard();
  }
});

/** Hears until so many adverts have come. */
async function adverts(agent: Agent, count: number): Promise<Heard['adverts']> {
  const all: Heard['adverts'][number][] = [];
  await eventually(
    async () => all.push(...(await agent.heard()).adverts),
    (found) => found >= count,
  );
  return all;
}

describe('a lan on the real kernel', () => {
  it('carries an advert to the other host, and does not hear itself', async () => {
    expect(await a.open('eth1', [50])).toBeNull();
    expect(await b.open('eth1', [50])).toBeNull();
    expect(await a.send(advert, A)).toBeNull();
    expect(await adverts(b, 1)).toEqual([{ from: A, advert }]);
    expect(await a.heard()).toEqual({ adverts: [], dropped: {}, droppedFrom: [], failed: [], unreachable: [] });
  });

  it('puts adverts on the wire that tshark finds right, and gratuitous ARP that it calls an announcement', async () => {
    const fields = [
      'ip.src',
      'ip.dst',
      'ip.ttl',
      'ip.dsfield',
      'ip.proto',
      'ip.checksum.status',
      'vrrp.checksum.status',
    ];
    const more = [
      'vrrp.virt_rtr_id',
      'vrrp.prio',
      'vrrp.ip_addr',
      'arp.isannouncement',
      'arp.src.proto_ipv4',
      'eth.dst',
    ];
    const options = ['-l', '-i', 'eth1', '-o', 'ip.check_checksum:TRUE', '-T', 'fields', '-E', 'separator=|'];
    const filter = ['-f', 'arp or ip proto 112', ...[...fields, ...more].flatMap((field) => ['-e', field])];
    const shark = network.start(network.b, 'tshark', ...options, ...filter);
    const heard = await said(shark, 'Capturing on');
    // tshark says so a little before the capture begins.
    await a.open('eth1', [50]);
    await eventually(
      async () => {
        await a.send(advert, A);
        await a.announce(VIP);
        return heard.out.split('\n');
      },
      (lines) => lines.length > 3,
      20_000,
    );
    const mac = (await a.links()).find((link) => link.name === 'eth1')?.mac;
    expect(mac).toMatch(/^(..:){5}..$/);
    const seen = new Set(heard.out.split('\n').slice(0, -1));
    expect([...seen].sort().map((line) => line.replace(/\|0xc0\|/, '|192|'))).toEqual([
      `${A}|224.0.0.18|255|192|112|1|1|50|100|${VIP}|||01:00:5e:00:00:12`,
      `|||||||||${''}|1|${VIP}|ff:ff:ff:ff:ff:ff`,
    ]);
  });

  it('announces an address in the moment in which the kernel has it; not one that it had, and not too late', async () => {
    await a.open('eth1', [50]);
    const list = ['10.78.9.1/32', '10.78.9.2/32'].map((text) => ({
      interface: 'eth1',
      cidr: parseCidr(text) as Cidr,
      broadcast: null,
      scope: 'global' as const,
      label: null,
    }));
    const [first] = list;
    if (first === undefined) throw new Error();
    const dump = network.start(network.b, 'tcpdump', '-l', '-n', '-i', 'eth1', 'arp and src host not 0.0.0.0');
    const heard = await said(dump, 'listening on');
    try {
      expect(await a.addPrompted([first], 10_000)).toEqual([[null], true]);
      // One of the two stands already: the kernel does not grant all, and whoever asked announces.
      expect(await a.addPrompted(list, 10_000)).toEqual([[null, null], false]);
      await a.remove(list);
      expect(await a.addPrompted(list, -1)).toEqual([[null, null], false]);
      await a.remove(list);
      expect(await a.addPrompted(list, 10_000)).toEqual([[null, null], true]);
      await eventually(
        () => heard.out.split('\n').filter((line) => line.includes('Request who-has 10.78.9.')),
        (lines) => lines.length >= 3,
      );
      const asked = [...heard.out.matchAll(/who-has ([\d.]+) .*tell ([\d.]+)/g)].map((m) => `${m[1]} ${m[2]}`);
      expect(asked).toEqual(['10.78.9.1 10.78.9.1', '10.78.9.1 10.78.9.1', '10.78.9.2 10.78.9.2']);
    } finally {
      await a.remove(list);
    }
  });

  it('counts each packet that is none for us by its kind, with its sender', async () => {
    expect(await a.open('eth1', [50])).toBeNull();
    const kinds = ['bad-ttl', 'bad-version', 'bad-type', 'bad-checksum', 'unknown-vrid', 'truncated'] as const;
    for (const kind of kinds) expect(await b.flood('eth1', [BAD[kind]], 1000, 0)).toBe(1);
    const total: Record<string, number> = {};
    const from = new Set<string | null>();
    await eventually(
      async () => {
        const heard = await a.heard();
        expect(heard.adverts).toEqual([]);
        for (const [why, count] of Object.entries(heard.dropped)) total[why] = (total[why] ?? 0) + count;
        for (const sender of heard.droppedFrom) from.add(sender);
        return total;
      },
      (found) => Object.keys(found).length === kinds.length,
    );
    expect(total).toEqual(Object.fromEntries(kinds.map((kind) => [kind, 1])));
    expect([...from]).toEqual([B]);
  });

  it('hears what came in during a stall before anything else, when it is asked to look', async () => {
    expect(await a.open('eth1', [50])).toBeNull();
    expect(await b.open('eth1', [50])).toBeNull();
    const stalled = a.stall(600, 4096);
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (let i = 0; i < 5; i += 1) await b.send(advert, B);
    expect(await stalled).toBe(5);
    expect((await a.heard()).adverts).toHaveLength(5);
  });

  it('takes no advert for new that came before its router was listened for, and those that come after', async () => {
    expect(await a.open('eth1', [49])).toBeNull();
    expect(await b.open('eth1', [50])).toBeNull();
    const late = a.listenLate(600, [49, 50]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await b.send(advert, B);
    expect(await late).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await a.heard()).toMatchObject({ adverts: [], failed: [] });
    await b.send(advert, B);
    expect(await adverts(a, 1)).toEqual([{ from: B, advert }]);
  });

  it('says so when the interface is down, and works again when it is up, without being opened anew', async () => {
    expect(await a.open('eth1', [50])).toBeNull();
    expect(await b.open('eth1', [50])).toBeNull();
    network.ip(network.a, 'link', 'set', 'eth1', 'down');
    expect(await a.send(advert, A)).toMatchObject({
      what: 'lan.send',
      code: 'ENETUNREACH',
      detail: `advert from ${A} on eth1`,
    });
    expect(await a.announce(VIP)).toMatchObject({ what: 'lan.announce', code: 'ENETDOWN' });
    network.ip(network.a, 'link', 'set', 'eth1', 'up');
    await eventually(
      () => a.send(advert, A),
      (failure) => failure === null,
    );
    expect(await a.announce(VIP)).toBeNull();
    await b.send(advert, B);
    expect(await adverts(a, 1)).toEqual([{ from: B, advert }]);
  });

  it('says so when the interface is gone, and can be closed and opened on the next one of that name', async () => {
    expect(await a.open('eth1', [50])).toBeNull();
    network.ip(network.a, 'link', 'delete', 'eth1');
    expect(await a.send(advert, A)).toMatchObject({ what: 'lan.send', code: 'ENODEV' });
    expect(await a.announce(VIP)).toMatchObject({
      what: 'lan.announce',
      code: expect.stringMatching(/ENODEV|ENXIO|not-ethernet/),
    });
    await a.closeLan();
    network.link();
    expect(await a.open('eth1', [50])).toBeNull();
    expect(await b.open('eth1', [50])).toBeNull();
    await b.send(advert, B);
    expect(await adverts(a, 1)).toEqual([{ from: B, advert }]);
  });

  it('that cannot be opened says why and leaves nothing open; nor does one that is closed', async () => {
    await a.open('eth1', [50]);
    await a.closeLan();
    const before = await a.descriptors();
    for (let i = 0; i < 20; i += 1) {
      expect(await a.open('eth9', [50])).toEqual({ what: 'lan.open', code: 'ENODEV', detail: 'eth9' });
      // The kernel refuses a filter of more than 4096 instructions, after the other sockets were opened.
      expect(
        await a.open(
          'eth1',
          Array.from({ length: 3000 }, (_, id) => id),
        ),
      ).toMatchObject({ what: 'lan.open', code: 'EINVAL' });
      expect(await a.open('eth1', [50])).toBeNull();
      await a.closeLan();
    }
    expect(await a.send(advert, A)).toMatchObject({ what: 'lan.send', code: 'closed' });
    expect(await a.announce(VIP)).toMatchObject({ what: 'lan.announce', code: 'closed' });
    expect(await a.descriptors()).toBe(before);
  });

  it('leaves no descriptor to a program that is started', async () => {
    await a.open('eth1', [50]);
    const inherited = (await a.inherited()).split('\n').filter((line) => line.includes('->'));
    // Its standard three are sockets too, which node makes for them; `ls` opens the directory itself.
    const numbers = inherited.map((line) => Number(/(\d+) -> /.exec(line)?.[1]));
    expect(numbers.filter((fd) => fd > 2)).toHaveLength(1);
  });

  it('cannot send an advert that does not fit its fields, and says so', async () => {
    await a.open('eth1', [50]);
    expect(await a.send({ ...advert, priority: 256 }, A)).toMatchObject({
      what: 'lan.send',
      code: 'failed',
      detail: expect.stringContaining('priority'),
    });
  });
});

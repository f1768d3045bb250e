import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { VirtualAddress } from '../../src/ports/addresses.js';
import { parseCidr } from '../../src/values/ip.js';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import { type Agent, Network, run } from './support/network.js';
import { eventually } from './support/wait.js';

let network: Network;
let agent: Agent;

beforeAll(async () => {
  network = new Network();
  agent = await network.agent(network.a);
});
afterAll(() => network.remove());
afterEach(() => network.ip(network.a, 'address', 'flush', 'dev', 'eth1', 'to', '10.78.0.0/16'));

function virtual(cidr: string, over: Partial<VirtualAddress> = {}): VirtualAddress {
  const parsed = parseCidr(cidr);
  if (parsed === null) throw new Error(cidr);
  return { interface: 'eth1', cidr: parsed, broadcast: null, scope: 'global', label: null, ...over };
}

/** What `ip` prints for one address: the judge. */
const shown = (address: string): string | undefined =>
  network
    .ip(network.a, '-o', '-4', 'address', 'show', 'dev', 'eth1')
    .split('\n')
    .find((line) => line.includes(` ${address}`))
    ?.replace(/\s*\\.*$/, '')
    .replace(/^\d+: eth1\s+/, '');

/** What `ip` prints of eth1's IPv6 addresses. */
const shown6 = (): Record<string, unknown>[] =>
  JSON.parse(network.ip(network.a, '-j', '-6', 'address', 'show', 'dev', 'eth1')).flatMap(
    (link: { addr_info?: Record<string, unknown>[] }) => link.addr_info ?? [],
  );

describe('addresses on the real kernel', () => {
  it('come and go as `ip address` shows them', async () => {
    expect(await agent.add([virtual('10.78.0.1/24')])).toEqual([null]);
    expect(shown('10.78.0.1')).toBe('inet 10.78.0.1/24 scope global eth1');
    expect(network.ip(network.a, 'route', 'show', '10.78.0.0/24')).toContain(
      'dev eth1 proto kernel scope link src 10.78.0.1',
    );
    expect(await agent.remove([virtual('10.78.0.1/24')])).toEqual([null]);
    expect(shown('10.78.0.1')).toBeUndefined();
  });

  it('carry broadcast, scope and label', async () => {
    const list = [
      virtual('10.78.1.1/24', { broadcast: '10.78.1.255' as Ipv4, label: 'eth1:vip' }),
      virtual('10.78.2.1/32', { scope: 'link' }),
      virtual('10.78.3.1/32', { scope: 'host' }),
      virtual('10.78.4.1/32', { scope: 'site' }),
    ];
    expect(await agent.add(list)).toEqual([null, null, null, null]);
    expect(shown('10.78.1.1')).toBe('inet 10.78.1.1/24 brd 10.78.1.255 scope global eth1:vip');
    expect(shown('10.78.2.1')).toBe('inet 10.78.2.1/32 scope link eth1');
    expect(shown('10.78.3.1')).toBe('inet 10.78.3.1/32 scope host eth1');
    expect(shown('10.78.4.1')).toBe('inet 10.78.4.1/32 scope site eth1');
    expect(await agent.remove(list)).toEqual([null, null, null, null]);
  });

  it('of IPv6 come usable at once, without duplicate detection, and are nobody’s source by themselves', async () => {
    const list = [virtual('2001:db8:78::1/64'), virtual('2001:db8:78::2/128'), virtual('fe80::78/64')];
    expect(await agent.add(list)).toEqual([null, null, null]);
    const found = shown6().filter(({ local }) => list.some((a) => a.cidr.address === local));
    // The kernel lists the newest first.
    expect(found).toEqual(
      [1, 0, 2]
        .map((i) => list[i] as VirtualAddress)
        .map((a) =>
          expect.objectContaining({
            local: a.cidr.address,
            prefixlen: a.cidr.prefix,
            nodad: true,
            deprecated: true,
            valid_life_time: 4294967295,
            preferred_life_time: 0,
          }),
        ),
    );
    expect(found.filter((a) => 'tentative' in a || 'dadfailed' in a)).toEqual([]);
    network.ip(network.a, 'address', 'add', '2001:db8:78::99/64', 'dev', 'eth1', 'nodad');
    expect(network.ip(network.a, '-6', 'route', 'get', '2001:db8:78::77')).toContain('src 2001:db8:78::99 ');
    const links = await agent.links();
    const standing = links.find((l) => l.name === 'eth1')?.addresses ?? [];
    for (const { cidr } of list) expect(standing).toContainEqual({ cidr, secondary: false, detection: 'done' });
    expect(await agent.remove(list)).toEqual([null, null, null]);
    expect(await agent.remove(list)).toEqual([null, null, null]);
    expect(shown6().filter(({ local }) => list.some((a) => a.cidr.address === local))).toEqual([]);
  });

  it('of IPv6 say when the kernel still looks for a duplicate, and when it found one', async () => {
    network.ip(network.b, 'address', 'add', '2001:db8:79::1/64', 'dev', 'eth1', 'nodad');
    network.ip(network.a, 'address', 'add', '2001:db8:79::1/64', 'dev', 'eth1');
    const detection = async (): Promise<string | undefined> => {
      const eth1 = (await agent.links()).find((link) => link.name === 'eth1');
      return eth1?.addresses.find(({ cidr }) => cidr.address === '2001:db8:79::1')?.detection;
    };
    expect(['tentative', 'failed']).toContain(await detection());
    await eventually(detection, (now) => now === 'failed');
    for (const host of [network.a, network.b])
      network.ip(host, 'address', 'delete', '2001:db8:79::1/64', 'dev', 'eth1');
  });

  it('of IPv6 take the place of the same one with another prefix, or of one that is another host’s too', async () => {
    network.ip(network.b, 'address', 'add', '2001:db8:79::2/64', 'dev', 'eth1', 'nodad');
    network.ip(network.a, 'address', 'add', '2001:db8:79::2/64', 'dev', 'eth1');
    network.ip(network.a, 'address', 'add', '2001:db8:79::3/128', 'dev', 'eth1', 'nodad');
    await eventually(
      async () => shown6().some((a) => a.local === '2001:db8:79::2' && a.dadfailed === true),
      (failed) => failed,
    );
    const list = ['2001:db8:79::1/64', '2001:db8:79::2/64', '2001:db8:79::3/64'].map((cidr) => virtual(cidr));
    expect(await agent.add(list)).toEqual([null, null, null]);
    const found = shown6().filter((a) => String(a.local).startsWith('2001:db8:79::'));
    expect(found.map((a) => `${a.local}/${a.prefixlen} ${a.nodad} ${a.dadfailed}`).sort()).toEqual([
      '2001:db8:79::1/64 true undefined',
      '2001:db8:79::2/64 true undefined',
      '2001:db8:79::3/64 true undefined',
    ]);
    expect(await agent.add(list)).toEqual([null, null, null]);
    expect(await agent.remove(list)).toEqual([null, null, null]);
    network.ip(network.b, 'address', 'delete', '2001:db8:79::2/64', 'dev', 'eth1');
  });

  it('of IPv6 are refused in the kernel’s words where IPv6 is disabled, and count as removed there', async () => {
    run('ip', 'netns', 'exec', network.a, 'sysctl', '-qw', 'net.ipv6.conf.eth1.disable_ipv6=1');
    try {
      expect(await agent.add([virtual('2001:db8:78::1/64')])).toMatchObject([{ what: 'address.add', code: 'EACCES' }]);
      expect(await agent.remove([virtual('2001:db8:78::1/64')])).toEqual([null]);
    } finally {
      run('ip', 'netns', 'exec', network.a, 'sysctl', '-qw', 'net.ipv6.conf.eth1.disable_ipv6=0');
    }
  });

  it('that are there already are adopted, and removed whatever their label', async () => {
    network.ip(network.a, 'address', 'add', '10.78.0.1/24', 'dev', 'eth1', 'label', 'eth1:mine');
    expect(await agent.add([virtual('10.78.0.1/24', { label: 'eth1:vip' })])).toEqual([null]);
    expect(shown('10.78.0.1')).toContain('eth1:mine');
    expect(await agent.remove([virtual('10.78.0.1/24', { label: 'eth1:vip' })])).toEqual([null]);
    expect(shown('10.78.0.1')).toBeUndefined();
  });

  it('are removed from where they were added, whatever the interface is called by then', async () => {
    expect(await agent.add([virtual('10.78.0.1/24')])).toEqual([null]);
    network.ip(network.a, 'link', 'set', 'eth1', 'name', 'ethz');
    try {
      expect(await agent.remove([virtual('10.78.0.1/24')])).toEqual([null]);
      expect(network.ip(network.a, '-o', '-4', 'address', 'show', 'dev', 'ethz')).not.toContain('10.78.0.1');
    } finally {
      network.ip(network.a, 'link', 'set', 'ethz', 'name', 'eth1');
    }
  });

  it('that are not there, or on no interface, count as removed', async () => {
    expect(await agent.remove([virtual('10.78.0.1/24'), virtual('10.78.0.1/24', { interface: 'eth9' })])).toEqual([
      null,
      null,
    ]);
  });

  it('that the kernel refuses do not stop the others, and each refusal names interface, address and error', async () => {
    const results = await agent.add([
      virtual('10.78.0.1/24'),
      virtual('10.78.0.2/24', { interface: 'eth9' }),
      virtual('10.78.0.3/24', { label: 'a-label-that-is-too-long' }),
      virtual('10.78.0.4/24'),
    ]);
    expect(results).toEqual([
      null,
      { what: 'address.add', code: 'ENODEV', detail: '10.78.0.2/24 on eth9' },
      expect.objectContaining({
        what: 'address.add',
        code: 'ERANGE',
        detail: expect.stringMatching(/^10\.78\.0\.3\/24 on eth1/),
      }),
      null,
    ]);
  });

  it('go and come by the thousand in one call', async () => {
    const list = Array.from({ length: 3000 }, (_, i) => virtual(`${ipv4FromNumber(0x0a4e_1000 + i)}/32`));
    expect((await agent.add(list)).filter((result) => result !== null)).toEqual([]);
    const eth1 = (await agent.links()).find((link) => link.name === 'eth1');
    // With its own of each family.
    expect(eth1?.addresses).toHaveLength(3002);
    expect((await agent.remove(list)).filter((result) => result !== null)).toEqual([]);
  });

  it('are read with their links as `ip` shows them', async () => {
    network.ip(network.a, 'link', 'add', 'tap9', 'type', 'bridge');
    await agent.add([virtual('10.77.0.50/24')]);
    const links = await agent.links();
    expect(links.map(({ name, up, running }) => ({ name, up, running }))).toEqual([
      { name: 'lo', up: true, running: true },
      { name: 'eth1', up: true, running: true },
      { name: 'tap9', up: false, running: false },
    ]);
    const eth1 = links[1];
    expect(network.ip(network.a, 'link', 'show', 'eth1')).toContain(`link/ether ${eth1?.mac} `);
    expect(eth1?.addresses).toEqual([
      { cidr: { address: '10.77.0.1', prefix: 24 }, secondary: false, detection: 'done' },
      { cidr: { address: '10.77.0.50', prefix: 24 }, secondary: true, detection: 'done' },
      {
        cidr: { address: expect.stringMatching(/^fe80::/), prefix: 64 },
        secondary: false,
        detection: expect.anything(),
      },
    ]);
    await agent.remove([virtual('10.77.0.50/24')]);
    network.ip(network.a, 'link', 'delete', 'tap9');
  });

  it('and links are watched: each change calls back, a lost cable too, and a burst that overruns the socket a few times', async () => {
    await agent.watch();
    const settled = async (): Promise<number> => {
      let last = -1;
      return eventually(
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          const before = last;
          last = await agent.changes();
          return before === last ? last : -1;
        },
        (count) => count >= 0,
      );
    };
    let count = await settled();
    network.ip(network.a, 'address', 'add', '10.78.0.1/24', 'dev', 'eth1');
    count = await eventually(
      () => agent.changes(),
      (now) => now > count,
    );
    network.ip(network.b, 'link', 'set', 'eth1', 'down');
    await eventually(
      () => agent.links(),
      (links) => links.some(({ name, up, running }) => name === 'eth1' && up && !running),
    );
    await eventually(
      () => agent.changes(),
      (now) => now > count,
    );
    network.ip(network.b, 'link', 'set', 'eth1', 'up');
    count = await settled();
    network.ip(network.a, 'address', 'add', '2001:db8:78::9/64', 'dev', 'eth1', 'nodad');
    await eventually(
      () => agent.changes(),
      (now) => now > count,
    );
    network.ip(network.a, 'address', 'delete', '2001:db8:78::9/64', 'dev', 'eth1');
    count = await settled();
    // Some 6,000 notices while the process does not look overrun the socket (ENOBUFS).
    const stalled = agent.stall(4_000, 0);
    const addresses = Array.from({ length: 3000 }, (_, i) => ipv4FromNumber(0x0a4e_1000 + i));
    const batch = ['add', 'del'].flatMap((verb) =>
      addresses.map((address) => `address ${verb} ${address}/32 dev eth1`),
    );
    execFileSync('ip', ['-n', network.a, '-batch', '-'], { input: batch.join('\n') });
    await stalled;
    const burst = (await settled()) - count;
    expect(burst).toBeGreaterThan(0);
    // On a slow machine some of them come after that.
    expect(burst).toBeLessThan(600);
    count = await settled();
    network.ip(network.a, 'address', 'add', '10.78.0.9/24', 'dev', 'eth1');
    await eventually(
      () => agent.changes(),
      (now) => now > count,
    );
  });
});

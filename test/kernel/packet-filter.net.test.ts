import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ip } from '../../src/values/ip.js';
import { type Agent, Network, run } from './support/network.js';

const VIP = '10.77.0.200' as Ip;
const VIP6 = 'fd77::200' as Ip;

let network: Network;
let agent: Agent;
beforeAll(async () => {
  network = new Network();
  agent = await network.agent(network.a);
  network.ip(network.a, 'address', 'add', `${VIP}/24`, 'dev', 'eth1');
  for (const [host, address] of [
    [network.a, 'fd77::1'],
    [network.a, VIP6],
    [network.b, 'fd77::2'],
  ] as const) {
    network.ip(host, 'address', 'add', `${address}/64`, 'dev', 'eth1', 'nodad');
  }
});
afterAll(() => network.remove());

const inside = (host: string, ...command: readonly string[]): string => run('ip', 'netns', 'exec', host, ...command);

function answers(from: string, address: string): boolean {
  try {
    inside(from, 'ping', '-n', '-c', '1', '-W', '1', address);
    return true;
  } catch {
    return false;
  }
}
const reached = (from: string): boolean[] => [VIP, VIP6, '10.77.0.1', 'fd77::1'].map((a) => answers(from, a));
/** What `nft` shows, without how much was dropped. */
const ruleset = (): string =>
  inside(network.a, 'nft', 'list', 'ruleset').replace(/packets \d+ bytes \d+/g, 'packets N');

describe('the packet filter on the real kernel', () => {
  it('keeps what comes from outside from the addresses, and nothing else', async () => {
    expect(reached(network.b)).toEqual([true, true, true, true]);
    expect(await agent.installFilter([VIP, VIP6])).toBeNull();
    expect(reached(network.b)).toEqual([false, false, true, true]);
    expect(reached(network.a)).toEqual([true, true, true, true]);
    expect(inside(network.b, 'ip', '-6', 'neigh', 'show', 'to', VIP6)).toContain('lladdr');
  });

  it('reads as it would be written for nft', async () => {
    expect(ruleset()).toBe(`table inet directord {
	set addresses4 {
		type ipv4_addr
		elements = { ${VIP} }
	}

	set addresses6 {
		type ipv6_addr
		elements = { ${VIP6} }
	}

	chain input {
		type filter hook input priority 150; policy accept;
		iif != "lo" ip daddr @addresses4 counter packets N drop
		icmpv6 type nd-neighbor-solicit accept
		icmpv6 type nd-neighbor-advert accept
		iif != "lo" ip6 daddr @addresses6 counter packets N drop
	}
}
`);
  });

  it('takes the place of what an earlier life left', async () => {
    const before = ruleset();
    expect(await agent.installFilter([VIP, VIP6])).toBeNull();
    expect(ruleset()).toBe(before);
    const many = Array.from({ length: 3000 }, (_, i) => `10.78.${i >> 8}.${i & 255}` as Ip);
    expect(await agent.installFilter(many)).toBeNull();
    expect(ruleset()).toContain('10.78.11.183');
    expect(answers(network.b, VIP)).toBe(true);
  });

  it('knows when somebody has removed it, or emptied it', async () => {
    expect(await agent.filterStands()).toBe(true);
    inside(network.a, 'nft', 'flush', 'table', 'inet', 'directord');
    expect(await agent.filterStands()).toBe(false);
    inside(network.a, 'nft', 'flush', 'ruleset');
    expect(await agent.filterStands()).toBe(false);
    expect(await agent.installFilter([VIP])).toBeNull();
    expect(await agent.filterStands()).toBe(true);
  });

  it('is gone when it is removed, and leaves what is somebody else’s', async () => {
    inside(network.a, 'nft', 'add', 'table', 'inet', 'other');
    expect(await agent.removeFilter()).toBeNull();
    expect(ruleset()).toBe('table inet other {\n}\n');
    expect(await agent.removeFilter()).toBeNull();
  });
});

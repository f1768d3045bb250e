import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Advert } from '../../src/core/vrrp/advert.js';
import type { Listened } from '../../src/ports/lan.js';
import type { Ip } from '../../src/values/ip.js';
import { seconds } from '../../src/values/time.js';
import { encodeAdvertPacket } from '../../src/wire/advert-packet.js';
import type { Heard } from './support/agent-protocol.js';
import { type Agent, Network, run } from './support/network.js';
import { said } from './support/said.js';
import { eventually } from './support/wait.js';

const ip = (text: string): Ip => text as Ip;
const [A, B] = ['fe80::77:1', 'fe80::77:2'].map(ip) as [Ip, Ip];
const VIPS = ['fe80::200', '2001:db8::200'].map(ip);
const advert: Advert = {
  version: 3,
  virtualRouterId: 50,
  priority: 100,
  interval: seconds(1),
  addresses: VIPS,
  checksum: 'pseudo_header',
};
const six: Listened = { virtualRouterId: 50, version: 3, family: 6, unicast: null };

let network: Network;
let a: Agent;
let b: Agent;

beforeAll(async () => {
  network = new Network();
  network.ip(network.a, 'address', 'add', `${A}/64`, 'dev', 'eth1', 'nodad');
  network.ip(network.b, 'address', 'add', `${B}/64`, 'dev', 'eth1', 'nodad');
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

/** Hears until so many packets were dropped. @returns how many of each kind. */
async function drops(agent: Agent, kinds: number): Promise<Record<string, number>> {
  const total: Record<string, number> = {};
  return eventually(
    async () => {
      const heard = await agent.heard();
      expect(heard.adverts).toEqual([]);
      for (const [why, count] of Object.entries(heard.dropped)) total[why] = (total[why] ?? 0) + count;
      return total;
    },
    (found) => Object.keys(found).length >= kinds,
  );
}

/** Sends packets, from the IP header on, out of the interface of `b`. */
function inject(...packets: Uint8Array[]): void {
  const script = `
import socket, sys
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 255)
s.setsockopt(socket.SOL_SOCKET, 25, b'eth1\\0')
for text in sys.argv[1:]:
    packet = bytes.fromhex(text)
    s.sendto(packet, (socket.inet_ntop(socket.AF_INET6, packet[24:40]), 0))
`;
  const hex = packets.map((packet) => Buffer.from(packet).toString('hex'));
  run('ip', 'netns', 'exec', network.b, '/usr/bin/python3', '-c', script, ...hex);
}

describe('a lan of IPv6 on the real kernel', () => {
  it('carries an advert to the other host, and does not hear itself', async () => {
    expect(await a.open('eth1', [six])).toBeNull();
    expect(await b.open('eth1', [six])).toBeNull();
    expect(await a.send(advert, A)).toBeNull();
    expect(await adverts(b, 1)).toEqual([{ from: A, advert }]);
    expect(await a.heard()).toEqual({ adverts: [], dropped: {}, droppedFrom: [], failed: [], unreachable: [] });
  });

  it('3: sends from the address that it is given, also while a virtual one stands beside it', async () => {
    network.ip(network.a, 'address', 'add', 'fe80::1/64', 'dev', 'eth1', 'nodad');
    try {
      await a.open('eth1', [six]);
      await b.open('eth1', [six]);
      expect(await a.send(advert, A)).toBeNull();
      expect((await adverts(b, 1)).map((heard) => heard.from)).toEqual([A]);
    } finally {
      network.ip(network.a, 'address', 'delete', 'fe80::1/64', 'dev', 'eth1');
    }
  });

  it('3: sends from the address that it is given also on an interface without any, such as a virtual MAC’s', async () => {
    network.ip(network.a, 'link', 'add', 'bare', 'link', 'eth1', 'type', 'macvlan', 'mode', 'bridge');
    network.ip(network.a, 'link', 'set', 'bare', 'addrgenmode', 'none');
    network.ip(network.a, 'link', 'set', 'bare', 'up');
    try {
      expect(network.ip(network.a, '-6', 'address', 'show', 'dev', 'bare')).toBe('');
      await a.open('bare', [six]);
      await b.open('eth1', [six]);
      for (const from of [A, ip('fe80::77:3')]) {
        expect(await a.send(advert, from)).toBeNull();
        expect(await adverts(b, 1)).toEqual([{ from, advert }]);
      }
    } finally {
      await a.closeLan();
      network.ip(network.a, 'link', 'delete', 'bare');
    }
  });

  it('1, 2, 29: puts on the wire what tshark finds right: adverts to ff02::12 and advertisements with R and O', async () => {
    const fields = ['ipv6.src', 'ipv6.dst', 'ipv6.hlim', 'ipv6.tclass', 'ipv6.nxt', 'eth.dst', '_ws.expert.message'];
    const vrrp = ['vrrp.checksum.status', 'vrrp.virt_rtr_id', 'vrrp.prio', 'vrrp.ipv6_addr'];
    const na = ['nd.na.target_address', 'r', 's', 'o'].map((f) =>
      f.length === 1 ? `icmpv6.nd.na.flag.${f}` : `icmpv6.${f}`,
    );
    const more = [...na, 'icmpv6.checksum.status', 'icmpv6.opt.linkaddr'];
    const options = ['-l', '-i', 'eth1', '-T', 'fields', '-E', 'separator=|'];
    const filter = ['-f', 'ip6 proto 112 or (icmp6 and ip6[40] == 136)'];
    const show = [...fields, ...vrrp, ...more].flatMap((field) => ['-e', field]);
    const shark = network.start(network.b, 'tshark', ...options, ...filter, ...show);
    const heard = await said(shark, 'Capturing on');
    await a.open('eth1', [six]);
    // tshark says so a little before the capture begins: which of the two it sees first is chance.
    const sent = async () => {
      await a.send(advert, A);
      await a.announce(VIPS[1] as Ip);
      const lines = heard.out.split('\n').slice(0, -1);
      return lines.filter((line) => line.includes(`${VIPS[1]}`)).sort();
    };
    const seen = new Set(await eventually(sent, (lines) => new Set(lines).size > 1 && lines.length > 3, 20_000));
    const mac = (await a.links()).find((link) => link.name === 'eth1')?.mac;
    expect([...seen].map((line) => line.replaceAll('True', '1').replaceAll('False', '0'))).toEqual(
      [
        [A, 'ff02::12', 255, '0x000000c0', 112, '33:33:00:00:00:12', '', 1, 50, 100, VIPS.join(), ...Array(6)].join(
          '|',
        ),
        [VIPS[1], 'ff02::1', 255, '0x00000000', 58, '33:33:00:00:00:01', ...Array(5), VIPS[1], 1, 0, 1, 1, mac].join(
          '|',
        ),
      ].sort(),
    );
  });

  it('29: the kernel joins the solicited-node group itself when the address is added', async () => {
    const groups = (): string => network.ip(network.a, 'maddress', 'show', 'dev', 'eth1');
    expect(groups()).not.toContain('ff02::1:ff00:abc');
    const address = { interface: 'eth1', broadcast: null, scope: 'global', label: null } as const;
    const list = [{ ...address, cidr: { address: ip('2001:db8::abc'), prefix: 64 } }];
    expect(await a.add(list)).toEqual([null]);
    // On a work queue: a moment after it has said that the address is there.
    await eventually(groups, (found) => found.includes('ff02::1:ff00:abc'));
    expect(await a.remove(list)).toEqual([null]);
    await eventually(groups, (found) => !found.includes('ff02::1:ff00:abc'));
  });

  it('1, 7, 8, 9, 10, 12: counts each packet that is none for us by its kind', async () => {
    expect(await a.open('eth1', [six])).toBeNull();
    const packet = encodeAdvertPacket(advert, B);
    inject(
      encodeAdvertPacket(advert, B, undefined, 254),
      packet.with(40, 0x21),
      packet.with(40, 0x32),
      packet.with(46, (packet[46] ?? 0) ^ 1),
      packet.with(43, 9),
      encodeAdvertPacket({ ...advert, virtualRouterId: 51 }, B),
      encodeAdvertPacket(advert, B, A),
    );
    expect(await drops(a, 7)).toEqual({
      'bad-ttl': 1,
      'bad-version': 1,
      'bad-type': 1,
      'bad-checksum': 1,
      truncated: 1,
      'unknown-vrid': 1,
      'wrong-destination': 1,
    });
  });

  it('goes to link-local peers, whose hop limit is within bounds, and to nobody else', async () => {
    const unicast = { peers: [{ address: B, minTtl: 255, maxTtl: 255 }], ttl: 255, anySource: false };
    const back = { ...unicast, peers: [{ ...unicast.peers[0], address: A, minTtl: 255, maxTtl: 255 }] };
    expect(await a.open('eth1', [{ ...six, unicast }])).toBeNull();
    expect(await b.open('eth1', [{ ...six, unicast: back }])).toBeNull();
    expect(await a.send(advert, A)).toBeNull();
    expect(await adverts(b, 1)).toEqual([{ from: A, advert }]);
    await a.heard();
    inject(
      encodeAdvertPacket(advert, B, A, 254),
      encodeAdvertPacket(advert, ip('fe80::77:3'), A),
      encodeAdvertPacket(advert, B),
    );
    expect(await drops(a, 3)).toEqual({ 'bad-ttl': 1, 'unknown-peer': 1, 'wrong-destination': 1 });
  });

  it('reaches the other peers where there is no route to one, and does not call that a failure of ours', async () => {
    const far = { address: ip('2001:db8:ffff::7'), minTtl: 1, maxTtl: 255 };
    const near = { ...far, address: B };
    const unicast = { peers: [far, near], ttl: 255, anySource: false };
    expect(await a.open('eth1', [{ ...six, unicast }])).toBeNull();
    expect(await b.open('eth1', [{ ...six, unicast: { ...unicast, peers: [{ ...near, address: A }] } }])).toBeNull();
    expect(await a.send(advert, A)).toBeNull();
    expect(await a.send(advert, A)).toBeNull();
    expect(await adverts(b, 2)).toHaveLength(2);
    expect((await a.heard()).unreachable).toEqual([far.address]);
    await a.closeLan();
    expect(await a.open('eth1', [{ ...six, unicast: { ...unicast, peers: [far] } }])).toBeNull();
    expect(await a.send(advert, A)).toBeNull();
    expect((await a.heard()).unreachable).toEqual([far.address]);
  });
});

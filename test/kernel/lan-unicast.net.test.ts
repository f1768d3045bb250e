import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Unicast } from '../../src/core/vrrp/advert.js';
import type { Listened } from '../../src/ports/lan.js';
import type { Ip } from '../../src/values/ip.js';
import { encodeAdvertPacket } from '../../src/wire/advert-packet.js';
import { A, advert, B } from './support/adverts.js';
import { type Agent, Network, run } from './support/network.js';
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

const peers = (address: Ip, over: Partial<Unicast> = {}, minTtl = 1): Unicast => ({
  peers: [{ address, minTtl, maxTtl: 255 }],
  ttl: 255,
  anySource: false,
  ...over,
});
const router = (unicast: Unicast | null): Listened => ({ virtualRouterId: 50, version: 2, family: 4, unicast });

/** Sends a packet, from the IP header on, out of the interface of `b`. */
const inject = (packet: Uint8Array, to: string): void => {
  const script = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)
s.setsockopt(socket.SOL_SOCKET, 25, b'eth1\\0')
s.sendto(bytes.fromhex(sys.argv[1]), (sys.argv[2], 0))
`;
  const hex = Buffer.from(packet).toString('hex');
  run('ip', 'netns', 'exec', network.b, '/usr/bin/python3', '-c', script, hex, to);
};

async function heardBy(agent: Agent): Promise<readonly Ip[]> {
  const heard = await eventually(
    () => agent.heard(),
    (found) => found.adverts.length > 0,
  );
  return heard.adverts.map((each) => each.from);
}

describe('a lan of unicast peers on the real kernel', () => {
  it('carries an advert to the peer', async () => {
    expect(await a.open('eth1', [router(peers(B))])).toBeNull();
    expect(await b.open('eth1', [router(peers(A, {}, 255))])).toBeNull();
    expect(await a.send(advert, A)).toBeNull();
    expect(await heardBy(b)).toEqual([A]);
  });

  it('sends with the TTL that is asked for, and the receiver’s bounds hold', async () => {
    expect(await a.open('eth1', [router(peers(B, { ttl: 64 }))])).toBeNull();
    expect(await b.open('eth1', [router(peers(A, {}, 65))])).toBeNull();
    expect(await a.send(advert, A)).toBeNull();
    const heard = await eventually(
      () => b.heard(),
      (found) => Object.keys(found.dropped).length > 0,
    );
    expect(heard).toMatchObject({ adverts: [], dropped: { 'bad-ttl': 1 }, droppedFrom: [A] });
  });

  it('takes nothing from others, and nothing that was for the group; with any_source it takes the former', async () => {
    const stranger = '10.77.0.9' as Ip;
    expect(await a.open('eth1', [router(peers(B))])).toBeNull();
    inject(encodeAdvertPacket(advert, stranger, A), A);
    inject(encodeAdvertPacket(advert, B), '224.0.0.18');
    const total: Record<string, number> = {};
    await eventually(
      async () => Object.assign(total, (await a.heard()).dropped),
      (found) => Object.keys(found).length > 1,
    );
    expect(total).toEqual({ 'unknown-peer': 1, 'wrong-destination': 1 });
    await a.closeLan();
    expect(await a.open('eth1', [router(peers(B, { anySource: true }))])).toBeNull();
    inject(encodeAdvertPacket(advert, stranger, A), A);
    expect(await heardBy(a)).toEqual([stranger]);
  });

  it('reaches a peer behind a router, by the routes of the interface', async () => {
    const far = '10.78.0.2' as Ip;
    network.ip(network.b, 'address', 'add', `${far}/32`, 'dev', 'lo');
    network.ip(network.a, 'route', 'add', `${far}/32`, 'via', B);
    try {
      expect(await a.open('eth1', [router(peers(far))])).toBeNull();
      expect(await b.open('eth1', [router(peers(A))])).toBeNull();
      expect(await a.send(advert, A)).toBeNull();
      expect(await heardBy(b)).toEqual([A]);
    } finally {
      network.ip(network.a, 'route', 'delete', `${far}/32`);
      network.ip(network.b, 'address', 'delete', `${far}/32`, 'dev', 'lo');
    }
  });
});

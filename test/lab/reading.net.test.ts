import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseIpvsadm } from './ipvsadm.js';
import { PcapReader } from './packet.js';
import { UntilMark } from './run/mark.js';
import { cablesOf } from './topology.js';
import { type Request, reportTraffic } from './traffic.js';

/** The parts of the lab that only read: no host is started here. */
describe('the lab reads', () => {
  it('what ipvsadm prints, with flags, marks and every way to forward', () => {
    const text = [
      'IP Virtual Server version 1.2.1 (size=4096)',
      'Prot LocalAddress:Port Scheduler Flags',
      '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
      'TCP  172.28.128.200:80 rr persistent 30',
      '  -> 172.28.128.110:80            Route   1      2          25        ',
      '  -> [fd00::1]:80                 Tunnel  0      0          0         ',
      'FWM  5 wrr',
    ].join('\n');
    expect(parseIpvsadm(text)).toEqual([
      {
        protocol: 'TCP',
        address: '172.28.128.200:80',
        scheduler: 'rr',
        flags: 'persistent 30',
        servers: [
          { address: '172.28.128.110:80', forward: 'Route', weight: 1, active: 2, inactive: 25 },
          { address: '[fd00::1]:80', forward: 'Tunnel', weight: 0, active: 0, inactive: 0 },
        ],
      },
      { protocol: 'FWM', address: '5', scheduler: 'wrr', flags: '', servers: [] },
    ]);
  });

  it('a stream up to its mark, wherever it is split', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        fc.infiniteStream(fc.integer({ min: 1, max: 4 })),
        (before, after, sizes) => {
          fc.pre(!before.includes('[mark]'));
          const all = Buffer.from(`${before}[mark]${after}`);
          const passed: Buffer[] = [];
          const until = new UntilMark('[mark]', (chunk) => passed.push(Buffer.from(chunk)));
          for (let at = 0; at < all.length; ) {
            const size = sizes.next().value;
            until.push(all.subarray(at, at + size));
            at += size;
          }
          expect(until.seen).toBe(true);
          expect(Buffer.concat(passed).toString()).toBe(Buffer.from(before).toString());
          expect(until.rest).toBe(Buffer.from(after).toString());
        },
      ),
    );
  });

  it('a capture with an advert in it, a byte at a time', () => {
    const vrrp = [0x21, 50, 100, 1, 1, 1, 0, 0, 172, 28, 128, 200];
    const ip = [0x45, 0xc0, 0, 20 + vrrp.length, 0, 0, 0, 0, 255, 112, 0, 0, 172, 28, 128, 60, 224, 0, 0, 18];
    const frame = [1, 0, 0x5e, 0, 0, 18, 2, 0, 0, 0, 0, 1, 8, 0, ...ip, ...vrrp];
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt32LE(1, 20);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(7, 0);
    record.writeUInt32LE(42, 4);
    record.writeUInt32LE(frame.length, 8);
    const seen: unknown[] = [];
    const reader = new PcapReader((packet) => seen.push(packet));
    for (const byte of Buffer.concat([header, record, Buffer.from(frame)])) {
      reader.push(Buffer.of(byte));
    }
    expect(seen).toMatchObject([
      {
        at: 7_000_042,
        to: '01:00:5e:00:00:12',
        ip: { source: '172.28.128.60', destination: '224.0.0.18', hops: 255, protocol: 112 },
        vrrp: {
          version: 2,
          virtualRouterId: 50,
          priority: 100,
          authType: 1,
          interval: 1,
          addresses: ['172.28.128.200'],
        },
      },
    ]);
  });

  it('how long a service was away from what became of its requests', () => {
    const request = (sent: number, ok: boolean): Request => ({
      n: sent,
      sent,
      done: sent + 5,
      ok,
      body: ok ? 'r1' : 'timeout',
    });
    const results = [0, 10, 20, 30, 40, 50, 60].map((sent) => request(sent, sent < 20 || (sent > 35 && sent < 60)));
    expect(reportTraffic(results.reverse())).toMatchObject({
      sent: 7,
      ok: 4,
      failed: 3,
      byBody: { r1: 4 },
      outages: [
        { from: 10, milliseconds: 30, failed: 2 },
        { from: 50, milliseconds: 15, failed: 1 },
      ],
      longestOutageMs: 30,
    });
    expect(reportTraffic([]).longestOutageMs).toBe(0);
  });

  it('a topology: by default one segment for each interface name, else as told, and says what it cannot take', () => {
    const hosts = { a: { eth0: '10.0.0.1/24', eth1: [] }, b: { eth1: '10.1.0.2/24' } };
    const told = (segments?: Record<string, string[]>): string[] =>
      cablesOf({ name: 't', hosts, ...(segments && { segments }) }).map(({ port, segment }) => `${port} ${segment}`);
    expect(told()).toEqual(['a-eth0 eth0', 'a-eth1 eth1', 'b-eth1 eth1']);
    expect(told({ wan: ['a.eth0'], lan: ['eth1'] })).toEqual(['a-eth0 wan', 'a-eth1 lan', 'b-eth1 lan']);
    expect(() => told({ lan: ['eth1'] })).toThrow('a.eth0 is on no segment');
    const long = { hosts: { 'a-very-long-name': { eth0: '10.0.0.1/24' } }, name: 't' };
    expect(() => cablesOf(long)).toThrow('names too long');
  });
});

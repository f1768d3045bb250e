import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabProcess } from './lab.js';
import { keepalivedConf, realServers, scenario1, vip } from './topologies/scenario1.js';

/** The lab itself on trial: what Debian's keepalived is known to do, it must show. */
describe('scenario 1 with keepalived on both directors', () => {
  const url = `http://${vip}/`;
  const directors: Partial<Record<'d1' | 'd2', LabProcess>> = {};
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.up({ ...scenario1, name: 'reference' });
    await Promise.all([lab.host('r1').nginx(), lab.host('r2').nginx()]);
    for (const name of ['d1', 'd2'] as const) {
      directors[name] = await lab.host(name).keepalived(keepalivedConf(name));
    }
    await directors.d1?.waitForLine(/\(VI_1\) Entering MASTER STATE/, 20_000);
    await directors.d2?.waitForLine(/\(VI_1\) Entering BACKUP STATE/, 20_000);
  });
  afterAll(() => lab?.down());

  it('serves 50 requests 25 to 25, and ipvsadm agrees', async () => {
    const client = lab.host('client');
    await client.must(['ping', '-c', '1', '-W', '1', vip]);
    const report = await client.requests(50, url);
    expect(report.failures).toEqual([]);
    expect(report.byBody).toEqual({ r1: 25, r2: 25 });
    const server = (address: string): object => ({ address: `${address}:80`, forward: 'Route', weight: 1 });
    const [service, ...others] = await lab.host('d1').ipvsadm();
    expect(others).toEqual([]);
    expect(service).toMatchObject({ protocol: 'TCP', address: `${vip}:80`, scheduler: 'rr' });
    expect(service?.servers.map(({ address, forward, weight }) => ({ address, forward, weight }))).toEqual(
      expect.arrayContaining([server(realServers.r1), server(realServers.r2)]),
    );
    expect(service?.servers.map(({ active, inactive }) => active + inactive)).toEqual([25, 25]);
  });

  it('has the address on the master alone, and adverts of priority 100 each second', async () => {
    expect(await lab.host('d1').hasAddress('eth1', `${vip}/24`)).toBe(true);
    expect(await lab.host('d2').hasAddress('eth1', `${vip}/24`)).toBe(false);
    const capture = await lab.host('client').tcpdump('eth1', 'ip proto 112');
    const first = await capture.waitFor(({ vrrp }) => vrrp !== undefined, 'advert', 3000);
    const second = await capture.waitFor(({ vrrp }) => vrrp !== undefined, 'advert', 3000, first.at + 1);
    await capture.stop();
    expect(first).toMatchObject({ to: '01:00:5e:00:00:12', ip: { source: '172.28.128.60', hops: 255 } });
    expect(first.vrrp).toMatchObject({ version: 2, virtualRouterId: 50, priority: 100, authType: 1, addresses: [vip] });
    expect((second.at - first.at) / 1e6).toBeCloseTo(1, 0);
  });

  it('is served by the second director when the first host is dead, and by the first again when it is back', async () => {
    const stream = await lab.host('client').stream(url, 20, 200);
    const before = directors.d2?.output.length;
    await lab.crash('d1');
    await directors.d2?.waitForLine(/\(VI_1\) Entering MASTER STATE/, 10_000, before);
    const failover = await stream.stop();
    // 3 × 1 s + skew of priority 50 (0.805 s) after the last advert, which was up to 1 s before the crash.
    expect(failover.longestOutageMs).toBeGreaterThan(2700);
    expect(failover.longestOutageMs).toBeLessThan(4500);
    const dead = await lab.host('client').requests(20, url);
    expect(dead.byBody).toEqual({ r1: 10, r2: 10 });
    await lab.boot('d1');
    directors.d1 = await lab.host('d1').keepalived(keepalivedConf('d1'));
    await directors.d1.waitForLine(/\(VI_1\) Entering MASTER STATE/, 20_000);
    const back = await lab.host('client').requests(20, url);
    expect(back.byBody).toEqual({ r1: 10, r2: 10 });
    expect(await lab.host('d1').hasAddress('eth1', `${vip}/24`)).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { until } from './pair.js';
import type { Proxies, ProxyHost } from './proxies.js';
import { scenario3Steps } from './scenario3.js';

/** The daemons that run, as ipvsadm tells them: `master eth1 100`. */
async function daemons(proxies: Proxies, proxy: ProxyHost): Promise<string[]> {
  const told = await proxies.host(proxy).must(['ipvsadm', '-L', '--daemon']);
  return [...told.matchAll(/^(master|backup) sync daemon \(mcast=(\w+), syncid=(\d+)/gm)].map((m) =>
    m.slice(1).join(' '),
  );
}

async function agree(proxies: Proxies, master: ProxyHost): Promise<void> {
  const backup = master === 'h1' ? 'h2' : 'h1';
  const both = async () => [await daemons(proxies, master), await daemons(proxies, backup)].join(' / ');
  await until(async () => (await both()) === 'master eth1 100 / backup eth1 100', 5_000, `roles of ${master}`);
  expect((await proxies.status(master)).connectionSync).toEqual({
    role: 'master',
    interface: 'eth1',
    id: 100,
    reason: null,
  });
  expect((await proxies.status(backup)).connectionSync).toMatchObject({ role: 'backup', reason: null });
}

// The lab's machine with IPVS may be an emulated one: User Mode Linux has one slow processor for all hosts.
scenario3Steps('s3ipvs', process.env.LAB_KERNEL === 'uml' ? 'slow' : 'real', (up) => {
  it('the kernel’s sync daemons have the roles of their instances, before a failover and after it', async () => {
    await agree(up(), 'h1');
    await up().moves('h1');
    await agree(up(), 'h2');
    await up().haproxy('h1');
    await until(async () => (await up().state('h1')) === 'backup', 20_000, 'h1 in BACKUP');
    await up().moves('h2');
    await agree(up(), 'h1');
    await up().haproxy('h2');
  });

  it('a stop ends the sync daemon', async () => {
    await up().stop('h2');
    expect(await daemons(up(), 'h2')).toEqual([]);
    await up().directord('h2');
    await until(async () => (await up().state('h2')) === 'backup', 20_000, 'h2 in BACKUP');
    await agree(up(), 'h1');
  });
});

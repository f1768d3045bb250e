import { afterEach, expect, it } from 'vitest';
import { type Host, Lab } from '../lab.js';
import { pause, until } from './pair.js';

const VIP = '172.28.128.200';
const yaml = (accept: boolean, priority: number): string => `
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      priority: ${priority}
      virtual_addresses: [${VIP}/24]
      accept: ${accept}
`;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

async function up(name: string): Promise<Lab> {
  lab = await Lab.up({
    name,
    hosts: {
      client: { eth1: '172.28.128.10/24' },
      d1: { eth1: '172.28.128.60/24' },
      d2: { eth1: '172.28.128.90/24' },
    },
  });
  await Promise.all([lab.host('d1').nginx(), lab.host('d2').nginx()]);
  return lab;
}

const master = (host: Host): Promise<void> => until(() => host.hasAddress('eth1', `${VIP}/24`), 20_000, 'the address');
const gets = async (on: Lab): Promise<readonly string[]> =>
  Object.keys((await on.host('client').requests(1, `http://${VIP}/`, 500)).byBody);
const rules = (host: Host): Promise<string> => host.must(['nft', 'list', 'ruleset']);

it('31 · a master that does not accept answers ARP for its address and takes no packet for it, from its first moment on', async () => {
  const on = await up('accept');
  const d1 = await on.host('d1').directord(yaml(false, 100));
  const d2 = await on.host('d2').directord(yaml(true, 50));
  const stream = await on.host('client').stream(`http://${VIP}/`, 50, 300);
  await master(on.host('d1'));
  await pause(1_000);
  expect(await gets(on)).toEqual([]);
  expect(await on.host('client').must(['ip', 'neigh', 'show', 'to', VIP])).toContain('lladdr');
  expect((await on.host('d1').requests(1, `http://${VIP}/`)).byBody).toEqual({ d1: 1 });
  d1.kill('SIGTERM');
  expect(await d1.exited).toMatchObject({ status: 0 });
  expect(await rules(on.host('d1'))).toBe('');
  await until(async () => (await gets(on)).join() === 'd2', 10_000, 'the other, which accepts');
  const { byBody } = await stream.stop();
  expect(Object.keys(byBody)).toEqual(['d2']);
  d2.kill('SIGTERM');
  await d2.exited;
}, 60_000);

it('31 · the filter is put back when a firewall removes everything, and adopted after a SIGKILL', async () => {
  const on = await up('accept-back');
  const host = on.host('d1');
  const first = await host.directord(yaml(false, 100));
  await master(host);
  const written = await rules(host);
  expect(written).toContain(`elements = { ${VIP} }`);
  await host.must(['nft', 'flush', 'ruleset']);
  await until(async () => (await rules(host)).includes(VIP), 8_000, 'the filter again');
  expect(first.output).toContain('was removed by somebody else');
  first.kill('SIGKILL');
  await first.exited;
  await until(async () => !(await host.hasAddress('eth1', `${VIP}/24`)), 10_000, 'the address away');
  const second = await host.directord(yaml(false, 100));
  await master(host);
  expect(await gets(on)).toEqual([]);
  second.kill('SIGTERM');
  await second.exited;
  expect(await rules(host)).toBe('');
}, 60_000);

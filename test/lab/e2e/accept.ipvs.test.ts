import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { Lab, type LabProcess } from '../lab.js';
import { directordYaml, until } from './pair.js';

const VIP = '172.28.128.200';

let lab: Lab | null = null;
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(`${lab?.logs()}\n`);
  await lab?.down();
  lab = null;
});

/** Scenario 1's first director and both its servers, with what else the instance is told. */
async function up(name: string, more: string): Promise<{ on: Lab; directord: LabProcess }> {
  lab = await Lab.up({
    name,
    hosts: {
      client: { eth1: '172.28.128.10/24' },
      d1: { eth1: '172.28.128.60/24' },
      r1: { eth1: '172.28.128.110/24', lo: `${VIP}/32`, sysctl: quiet },
      r2: { eth1: '172.28.128.120/24', lo: `${VIP}/32`, sysctl: quiet },
    },
  });
  await Promise.all(['r1', 'r2'].map((host) => lab?.host(host).nginx()));
  await lab.host('d1').nginx({ port: 8080, body: 'the director itself' });
  const yaml = directordYaml('d1')
    .replace(/track:\n {2}scripts:\n(.*\n)*?\n/, '')
    .replace(/ {6}track:.*\n/, '')
    .replace(/( {6}virtual_router_id:.*\n)/, `$1${more}`);
  const directord = await lab.host('d1').directord(yaml);
  await until(
    async () => (await (lab as Lab).host('d1').ipvsadm())[0]?.servers.filter((s) => s.weight > 0).length === 2,
    60_000,
    'two servers in the table',
  );
  return { on: lab, directord };
}

const quiet = ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'];

const holds = (on: Lab, iface: string): Promise<boolean> =>
  on
    .host('d1')
    .exec(['ip', '-o', 'addr', 'show', 'dev', iface])
    .then(({ stdout }) => stdout.includes(`${VIP}/`));

/** What the client gets from the address: a ping’s answer, the host's own web server, and the balanced service. */
async function reached(on: Lab): Promise<{ ping: boolean; own: number; balanced: readonly string[] }> {
  const client = on.host('client');
  const { status } = await client.exec(['ping', '-n', '-c', '1', '-W', '1', VIP]);
  const own = await client.requests(1, `http://${VIP}:8080/`, 700);
  const balanced = await client.requests(6, `http://${VIP}/`, 2000);
  return { ping: status === 0, own: own.ok, balanced: Object.keys(balanced.byBody).sort() };
}

/** Debian's User Mode Linux has nf_tables without IPv4 and IPv6: there `accept: false` cannot be enforced. */
const canFilter = async (on: Lab): Promise<boolean> => {
  const { status } = await on.host('client').exec(['nft', 'add table inet probe']);
  return status === 0;
};

const reasons = async (on: Lab): Promise<string> => {
  const { stdout } = await on.host('d1').directorctl(['status', '--json']);
  const [instance] = (JSON.parse(stdout) as StatusReport).instances;
  return `${instance?.state}: ${instance?.reasons.join()}`;
};

describe('a director on a kernel with IPVS', () => {
  it('that does not accept balances what comes to its address, and keeps the rest from itself, or says why it cannot', async () => {
    const { on, directord } = await up('accept', '      accept: false\n');
    await until(() => holds(on, 'eth1'), 20_000, 'the address');
    const filters = await canFilter(on);
    expect(await reached(on)).toEqual({ ping: !filters, own: filters ? 0 : 1, balanced: ['r1', 'r2'] });
    if (filters) expect(await reasons(on)).toBe('master: ');
    else
      expect(await reasons(on)).toMatch(/^master: accept: false is not enforced, .*table inet directord.*EOPNOTSUPP/);
    directord.kill('SIGTERM');
    expect(await directord.exited).toMatchObject({ status: 0 });
    expect(await on.host('d1').must(['nft', 'list', 'ruleset'])).toBe('');
  });

  it('balances what comes to a virtual MAC', async () => {
    const { on } = await up('accept-vmac', '      virtual_mac: true\n');
    await until(() => holds(on, 'vrrp.50'), 20_000, 'the address');
    expect(await reached(on)).toEqual({ ping: true, own: 1, balanced: ['r1', 'r2'] });
    expect(await on.host('client').must(['ip', 'neigh', 'show', 'to', VIP])).toContain('00:00:5e:00:01:32');
  });
});

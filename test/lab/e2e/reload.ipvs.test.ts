import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReloadReport } from '../../../src/control/service.js';
import { type Host, Lab, type LabProcess } from '../lab.js';
import { scenario1, vip } from '../topologies/scenario1.js';
import { pause, until } from './pair.js';

const [R1, R2] = ['172.28.128.110', '172.28.128.120'];

/** One director that owns the address and balances four ports of the two web servers. */
const file = (
  edit: { scheduler?: string; more?: string; servers?: readonly string[]; interval?: string } = {},
): string => `
router_id: Balance1
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      priority: 255
      advert_int: 1s
      version: 3
      accept: true
      virtual_addresses: [${vip}/24]
ipvs:
  services:
    - name: web
      address: ${vip}:80
      scheduler: ${edit.scheduler ?? 'rr'}
      check: { type: tcp, interval: ${edit.interval ?? '1s'}, timeout: 500ms }
      servers:
${(edit.servers ?? [R1, R2]).map((server) => `        - { address: ${server}:80 }`).join('\n')}
    - name: other
      address: ${vip}:81
      scheduler: wrr
      servers: [{ address: ${R1}:81 }, { address: ${R2}:81, weight: 3 }]
${edit.more ?? ''}`;

const MORE = `    - name: third
      address: ${vip}:82
      servers: [{ address: ${R2}:82 }]
`;

/** Keeps connections open, and says how many are. */
const HOLD = `
const { connect } = require('node:net');
let open = 0;
for (let i = 0; i < 20; i++) {
  const socket = connect(80, '${vip}', () => { open++; if (open === 20) console.log('ready'); });
  socket.on('close', () => { open--; });
  socket.on('error', () => {});
}
process.on('SIGUSR1', () => console.log('open ' + open));
`;

describe('a reload on the real kernel', () => {
  let lab: Lab;
  let d1: Host;
  let directord: LabProcess;
  beforeAll(async () => {
    lab = await Lab.up({ ...scenario1, name: 'reload' });
    await Promise.all([lab.host('r1').nginx(), lab.host('r2').nginx()]);
    d1 = lab.host('d1');
    await d1.must(['ip', 'address', 'add', `${vip}/24`, 'dev', 'eth1']);
    // Somebody else's service, never to be touched.
    await d1.must(['ipvsadm', '-A', '-t', `${vip}:9999`, '-s', 'rr']);
    directord = await d1.directord(file());
    await until(async () => (await rows(80)).length === 2, 60_000, 'two servers in the table');
  });
  afterAll(async () => {
    await lab?.down();
  });

  const rows = async (port: number) =>
    (await d1.ipvsadm()).find((service) => service.address === `${vip}:${port}`)?.servers ?? [];
  /** Connections that each server has had since its row was made. */
  const counted = async (port: number): Promise<Record<string, number>> => {
    const text = await d1.must(['ipvsadm', '-Ln', '--stats', '-t', `${vip}:${port}`]);
    return Object.fromEntries(
      [...text.matchAll(/-> (\S+):\d+ +(\d+)/g)].map(([, server = '', n]) => [server, Number(n)]),
    );
  };
  const ctl = (...args: string[]) => d1.directorctl(args);
  const reload = async (yaml: string, ...more: string[]): Promise<ReloadReport> => {
    d1.write('directord.yaml', yaml);
    const { status, stdout, stderr } = await ctl('reload', '--json', ...more);
    if (status !== 0) throw new Error(`directorctl reload ended with ${status}: ${stderr}`);
    return JSON.parse(stdout) as ReloadReport;
  };
  const texts = ({ changes }: ReloadReport): string[] => changes.map((change) => change.text);
  /** What the director's log says of its changes of the table. */
  const changesOf = (): number[] =>
    directord.output.split('\n').flatMap((line) => {
      const said = line.includes('table changed') ? (JSON.parse(line) as { changes: number }) : null;
      return said === null ? [] : [said.changes];
    });

  it('of an identical file has nothing to change', async () => {
    const { status, stdout } = await ctl('reload');
    expect([status, stdout]).toEqual([0, 'Nothing to change.\n']);
  });

  it('leaves connections, counters and rows alone that did not change', async () => {
    const client = await lab.host('client').start([process.execPath, '-e', HOLD], { name: 'hold' });
    await client.waitForLine(/ready/);
    const before = { [R1]: 10, [R2]: 10 };
    // The kernel adds its counters up every two seconds.
    await until(
      async () => (await counted(80))[R1] === 10 && (await counted(80))[R2] === 10,
      10_000,
      'ten connections each',
    );
    const planned = await reload(file({ more: MORE, scheduler: 'wrr', interval: '2s' }), '--dry-run');
    expect(texts(planned)).toEqual([
      '~ service web: scheduler rr -> wrr, check.interval 1s -> 2s',
      `+ service third (tcp/${vip}:82, wlc, 1 server)`,
    ]);
    expect((await d1.ipvsadm()).map((service) => service.address)).not.toContain(`${vip}:82`);
    const done = await reload(file({ more: MORE, scheduler: 'wrr', interval: '2s' }));
    expect(texts(done)).toEqual(texts(planned));
    await until(async () => (await rows(82)).length === 1, 5_000, 'the new service');
    expect((await d1.ipvsadm()).find((service) => service.address === `${vip}:80`)?.scheduler).toBe('wrr');
    // The new check's first results have come meanwhile, and changed nothing.
    await pause(3_000);
    expect(await counted(80)).toEqual(before);
    expect((await rows(80)).map((row) => row.active + row.inactive)).toEqual([10, 10]);
    client.kill('SIGUSR1');
    await client.waitForLine(/open 20/);
    client.kill('SIGTERM');
    await client.exited;
  });

  it('of one server that is gone is exactly one change of the table', async () => {
    const before = changesOf();
    const counts = await counted(81);
    expect(texts(await reload(file({ more: MORE, scheduler: 'wrr', interval: '2s', servers: [R2] })))).toEqual([
      `- server ${R1}:80 in web (weight 1)`,
    ]);
    expect((await rows(80)).map((row) => row.address)).toEqual([`${R2}:80`]);
    await pause(200);
    expect(changesOf().slice(before.length)).toEqual([1]);
    expect(await counted(81)).toEqual(counts);
    expect(await lab.host('client').requests(4, `http://${vip}/`)).toMatchObject({ byBody: { r2: 4 } });
  });

  it('of a broken file changes nothing, and says where it is wrong', async () => {
    const table = await d1.must(['ipvsadm', '-Sn']);
    d1.write('directord.yaml', file().replace('interval: 1s', 'interval: 1').replace('weight: 3', 'weight: -3'));
    const { status, stdout, stderr } = await ctl('reload');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/directord\.yaml:18:\d+: ipvs\.services\[0\]\.check\.interval: found 1, which has no unit/);
    expect(stderr).toMatch(/directord\.yaml:25:\d+: ipvs\.services\[1\]\.servers\[1\]\.weight: found -3/);
    expect(stderr).toContain('nothing was changed');
    await pause(1_500);
    expect(await d1.must(['ipvsadm', '-Sn'])).toBe(table);
  });

  it('by SIGHUP to the service brings back what was there; another one’s service is still untouched', async () => {
    d1.write('directord.yaml', file());
    directord.kill('SIGHUP');
    await until(async () => (await rows(80)).length === 2, 60_000, 'both servers again');
    await until(async () => (await rows(82)).length === 0, 60_000, 'no third service');
    expect((await d1.ipvsadm()).map((service) => service.address).sort()).toEqual(
      [`${vip}:80`, `${vip}:81`, `${vip}:9999`].sort(),
    );
    expect(await d1.must(['cat', '/var/lib/directord/running.yaml'])).toContain('scheduler: rr');
  });

  it('of a scheduler that this kernel lacks leaves the rest applied, and shows what is not', async () => {
    const odd = MORE.replace('servers:', 'scheduler: nosuch\n      servers:');
    d1.write('directord.yaml', file({ more: odd, servers: [R1] }));
    const { status, stderr } = await ctl('reload');
    expect(status).toBe(1);
    expect(stderr).toMatch(/applied, but .*nosuch/);
    expect((await rows(80)).map((row) => row.address)).toEqual([`${R1}:80`]);
    const { stdout } = await ctl('status', '--json');
    expect((JSON.parse(stdout) as { problems: string[] }).problems.join()).toContain('nosuch');
    expect(texts(await reload(file({ servers: [R1] })))).toEqual([`- service third (tcp/${vip}:82, nosuch, 1 server)`]);
    const after = await ctl('status', '--json');
    expect((JSON.parse(after.stdout) as { problems: string[] }).problems).toEqual([]);
  });
});

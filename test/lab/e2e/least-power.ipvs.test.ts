import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repo } from '../anchor.js';
import { Lab, type LabProcess } from '../lab.js';
import { directordYaml, until } from './pair.js';

/** CAP_NET_ADMIN (12) and CAP_NET_RAW (13), as /proc shows them. */
const TWO = '0000000000003000';
const NONE = '0000000000000000';
const TREE = '/run/directord-tree';

const SCRIPT = `track:
  scripts:
    - { name: chk_ipvs, command: [/usr/bin/grep, -q, "CapEff:.*${NONE}", /proc/self/status], interval: 2s }
`;

const capabilities = (pid: number, set: string): string | undefined =>
  new RegExp(`^${set}:\\s+(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];

describe('directord as an unprivileged user, as the systemd unit starts it', () => {
  let lab: Lab;
  let directord: LabProcess;
  beforeAll(async () => {
    lab = await Lab.up({
      name: 'least',
      hosts: { d1: { eth1: '172.28.128.60/24' }, r1: { eth1: '172.28.128.110/24' } },
    });
    const host = lab.host('d1');
    // What RuntimeDirectory= and StateDirectory= do; the module is loaded by modules-load.d on a director host.
    await host.must(['install', '-d', '-o', 'nobody', '-g', 'nogroup', '/run/directord', '/var/lib/directord']);
    await host.must(['ipvsadm', '-Ln']);
    await lab.host('r1').nginx();
    const yaml = directordYaml('d1').replace(/track:\n {2}scripts:\n(.*\n)*?\n/, `${SCRIPT}\n`);
    const file = host.write('directord.yaml', yaml);
    const caps = '--ambient-caps=+net_admin,+net_raw';
    const user = [
      'setpriv',
      '--reuid=nobody',
      '--regid=nogroup',
      '--clear-groups',
      '--no-new-privs',
      '--inh-caps=-all,+net_admin,+net_raw',
      caps,
      '--bounding-set=-all,+net_admin,+net_raw',
    ];
    // The checkout may lie below a home that is closed to others; installed, directord does not.
    await host.must(['mkdir', TREE]);
    await host.must(['mount', '--bind', repo, TREE]);
    directord = await host.start(
      ['env', '-C', '/', ...user, process.execPath, join(TREE, 'dist/bin/directord.js'), 'run', '--config', file],
      { name: 'directord' },
    );
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('becomes master and fills the table with CAP_NET_ADMIN and CAP_NET_RAW alone', async () => {
    await until(() => lab.host('d1').hasAddress('eth1', '172.28.128.200/24'), 60_000, directord.output).catch(
      (error: Error) => {
        throw new Error(`${error.message}\n${directord.output}`);
      },
    );
    await until(
      async () => (await lab.host('d1').ipvsadm())[0]?.servers.length === 1,
      20_000,
      'the live server in the table',
    );
    expect(capabilities(directord.pid, 'CapEff')).toBe(TWO);
    expect(capabilities(directord.pid, 'CapBnd')).toBe(TWO);
  });

  it('sets the kernel switches that a drain needs with CAP_NET_ADMIN alone', async () => {
    const switches = ['conn_reuse_mode', 'expire_nodest_conn', 'expire_quiescent_template'];
    const values = () => lab.host('d1').must(['sysctl', '-n', ...switches.map((name) => `net.ipv4.vs.${name}`)]);
    await until(async () => (await values()).trim().split('\n').join() === '1,1,1', 20_000, 'the switches');
  });

  it('gives its scripts no capability: the tracked one looks at its own', async () => {
    const [child = ''] = readFileSync(`/proc/${directord.pid}/task/${directord.pid}/children`, 'utf8').split(' ');
    expect(capabilities(Number(child), 'CapAmb')).toBe(NONE);
    const { stdout } = await lab.host('d1').directorctl(['status', '--json']);
    expect(JSON.parse(stdout).instances[0]).toMatchObject({ state: 'master', reasons: [] });
    expect(directord.output).not.toContain('script chk_ipvs failed');
  });

  it('resigns and removes its address when stopped', async () => {
    directord.kill('SIGTERM');
    expect(await directord.exited).toMatchObject({ status: 0 });
    expect(await lab.host('d1').hasAddress('eth1', '172.28.128.200/24')).toBe(false);
  });
});

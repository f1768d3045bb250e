import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab, type LabProcess } from '../lab.js';
import type { Topology } from '../topology.js';
import { pause, until } from './pair.js';

const behind = (n: number) => ({ eth2: `10.1.0.${n}/24`, routes: ['default via 10.1.0.254'] });

/** One director; its client in front, two web servers and one that is sorry behind it. */
const topology: Topology = {
  name: 'policy',
  hosts: {
    client: { eth1: '172.28.128.10/24' },
    d1: {
      eth1: ['172.28.128.60/24', '172.28.128.202/32'],
      eth2: '10.1.0.254/24',
      sysctl: ['net.ipv4.ip_forward=1'],
    },
    m1: behind(11),
    m2: behind(12),
    sorry: behind(13),
  },
};

const CHECK = 'check: { type: tcp, interval: 300ms, timeout: 200ms, rise: 1, fall: 2 }';
const BOTH = 'servers: [{ address: 10.1.0.11:80, weight: 10 }, { address: 10.1.0.12:80, weight: 10 }]';

/** @param fit while the number in this file is 0 VI_1 may be master. @param told made by the command for a lost quorum. */
const yaml = (fit: string, told: string): string => `control: { group: root }
track:
  files: [{ name: fit, path: ${fit}, weight: 0 }]
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      advert_int: 100ms
      track: { files: [fit] }
      virtual_addresses: [172.28.128.200/24, { address: 172.28.128.201/24, while_up: second }]
ipvs:
  on_stop: drain
  drain_timeout: 20s
  services:
    - name: web
      address: 172.28.128.200:80
      scheduler: wrr
      forward: masq
      ${CHECK}
      quorum: 20
      sorry_server: { address: 10.1.0.13:80 }
      on_failure: zero
      slow_start: 5s
      on_quorum_down: { command: [/usr/bin/touch, ${told}], user: root }
      ${BOTH}
    - { name: second, address: 172.28.128.201:80, forward: masq, ${CHECK}, servers: [{ address: 10.1.0.12:80 }] }
    - { name: tied, address: 172.28.128.200:81, forward: masq, only_while_master: VI_1, servers: [{ address: 10.1.0.11:81 }] }
    - { name: fixed, address: 172.28.128.202:80, scheduler: wrr, forward: masq, ${CHECK}, ${BOTH} }
`;

const HOLD = `require('net').connect(80, '172.28.128.202', () => console.log('connected'));`;

describe('availability of services', () => {
  let lab: Lab;
  let directord: LabProcess;
  let second: LabProcess;
  let told: string;
  const d1 = () => lab.host('d1');

  beforeAll(async () => {
    lab = await Lab.up(topology);
    await lab.host('m1').nginx();
    second = await lab.host('m2').nginx();
    await lab.host('sorry').nginx();
    const fit = d1().write('fit', '0\n');
    told = `${fit}.told`;
    directord = await d1().directord(yaml(fit, told));
    await until(async () => (await rows('200:80')).join() === WELL, 60_000, `two servers\n${directord.output}`);
  });
  afterAll(async () => {
    await lab?.down();
  });

  const WELL = '10.1.0.11:80=10,10.1.0.12:80=10';
  const rows = async (service: string): Promise<string[]> => {
    const found = (await d1().ipvsadm()).find((s) => s.address === `172.28.128.${service}`);
    return found?.servers.map((s) => `${s.address}=${s.weight}`).sort() ?? ['no service'];
  };
  const bodies = async (host: number): Promise<string[]> =>
    Object.keys((await lab.host('client').requests(6, `http://172.28.128.${host}/`)).byBody).sort();

  it('carries an address, and has a service in the table, as soon as the instance is master', async () => {
    await until(() => d1().hasAddress('eth1', '172.28.128.201/24'), 10_000, 'the address');
    await until(async () => (await rows('200:81')).join() === '10.1.0.11:81=1', 5_000, 'the service');
    expect(await bodies(200)).toEqual(['m1', 'm2']);
    expect(await bodies(201)).toEqual(['m2']);
    expect(existsSync(told)).toBe(false);
  });

  it('lets the sorry server answer while the quorum is lost; keeps rows with weight 0, or removes them', async () => {
    await second.end('SIGTERM');
    await until(async () => (await rows('200:80')).includes('10.1.0.13:80=1'), 5_000, 'the sorry server');
    expect(await rows('200:80')).toEqual(['10.1.0.11:80=0', '10.1.0.12:80=0', '10.1.0.13:80=1']);
    expect(await rows('202:80')).toEqual(['10.1.0.11:80=10']);
    expect(await bodies(200)).toEqual(['sorry']);
    await until(() => existsSync(told), 5_000, 'the command for a lost quorum');
    const { stdout } = await d1().directorctl(['status']);
    expect(stdout).toMatch(/weight 10 of 20 {2}SORRY 10\.1\.0\.13:80/);
  });

  it('withdraws the address whose service is down, and only that; the instance stays master', async () => {
    await until(async () => !(await d1().hasAddress('eth1', '172.28.128.201/24')), 5_000, 'the address gone');
    expect(await d1().hasAddress('eth1', '172.28.128.200/24')).toBe(true);
    const { instances } = JSON.parse((await d1().directorctl(['status', '--json'])).stdout);
    expect(instances[0]).toMatchObject({ state: 'master', withdrawn: ['172.28.128.201/24'] });
  });

  it('takes the real servers back, slowly the one that returns, and carries its address again', async () => {
    second = await lab.host('m2').nginx();
    const seen: number[] = [];
    await until(
      async () => {
        const row = (await rows('200:80')).find((r) => r.startsWith('10.1.0.12:'));
        const weight = Number(row?.split('=')[1]);
        if (weight !== seen.at(-1)) seen.push(weight);
        return weight === 10;
      },
      20_000,
      'the whole weight',
    );
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(4);
    expect(await rows('200:80')).toEqual(WELL.split(','));
    expect(await d1().hasAddress('eth1', '172.28.128.201/24')).toBe(true);
    expect(await bodies(200)).toEqual(['m1', 'm2']);
    expect(await bodies(201)).toEqual(['m2']);
  });

  it('has a service of an instance in the table only while that is master', async () => {
    d1().write('fit', '1\n');
    await until(async () => (await rows('200:81'))[0] === 'no service', 5_000, 'the service gone');
    expect(await rows('200:80')).toEqual(WELL.split(','));
    d1().write('fit', '0\n');
    await until(async () => (await rows('200:81')).join() === '10.1.0.11:81=1', 5_000, 'the service');
  });

  it('ends with on_stop: drain when the last connection is over, and clears the table then', async () => {
    const client = await lab.host('client').start([process.execPath, '-e', HOLD], { name: 'hold' });
    await client.waitForLine(/connected/);
    directord.kill('SIGTERM');
    const drained = ['10.1.0.11:80=0', '10.1.0.12:80=0'].join();
    await until(async () => (await rows('202:80')).join() === drained, 5_000, 'weights of 0');
    // Longer than a director otherwise has for its end.
    await pause(4_000);
    expect(directord.running).toBe(true);
    await client.end('SIGKILL');
    await until(() => !directord.running, 5_000, 'its end');
    expect(await directord.exited).toMatchObject({ status: 0 });
    expect(await d1().ipvsadm()).toEqual([]);
  });
});

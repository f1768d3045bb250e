import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServerStatus, StatusReport } from '../../../src/core/status.js';
import { type Host, Lab, type LabProcess } from '../lab.js';
import { scenario1, vip } from '../topologies/scenario1.js';
import { until } from './pair.js';

const [R1, R2] = ['172.28.128.110', '172.28.128.120'];
const SECONDS = 20_000;

/** Each service is checked in another way; what is said about a server stands in files of the test. */
const file = (said: { script: string; file: string }): string => `
router_id: Balance1
ipvs:
  services:
    - name: web
      address: ${vip}:80
      scheduler: wrr
      check: { type: icmp, interval: 1s, timeout: 1s, fall: 2 }
      agent: { port: 8081, send: "web\\n", interval: 1s, timeout: 1s }
      servers: [{ address: ${R1}:80, weight: 10 }, { address: ${R2}:80, weight: 10 }]
    - name: names
      address: ${vip}:53
      protocol: udp
      scheduler: rr
      check: { type: dns, name: www.test, record: A, expect_answers: [192.0.2.1], interval: 1s, timeout: 1s, fall: 2 }
      servers: [{ address: ${R1}:53 }, { address: ${R2}:53 }]
    - name: by-script
      address: ${vip}:81
      scheduler: wrr
      check:
        type: script
        command: [/bin/sh, -c, "exit $(cat ${said.script})"]
        user: root
        dynamic: true
        interval: 2s
        timeout: 2s
        fall: 1
      servers: [{ address: ${R1}:81, weight: 4 }]
    - name: by-file
      address: ${vip}:82
      scheduler: wrr
      check: { type: file, path: "${said.file}", interval: 500ms, fall: 1 }
      servers: [{ address: ${R1}:82, weight: 4 }]
`;

describe('what agents and checks say, on the real kernel', () => {
  let lab: Lab;
  let d1: Host;
  let dnsmasq: LabProcess;
  const says = (name: string, text: string): string => d1.write(name, `${text}\n`);

  beforeAll(async () => {
    lab = await Lab.up({ ...scenario1, name: 'advice' });
    d1 = lab.host('d1');
    const agent = lab.host('r1').write('agent', 'up 100%\n');
    await lab.host('r1').start(['socat', 'TCP-LISTEN:8081,fork,reuseaddr', `SYSTEM:cat ${agent}`]);
    const names = async (name: string): Promise<LabProcess> =>
      lab
        .host(name)
        .start([
          'dnsmasq',
          '--keep-in-foreground',
          '--no-resolv',
          '--no-hosts',
          '--conf-file=/dev/null',
          '--pid-file',
          '--user=root',
          '--address=/www.test/192.0.2.1',
        ]);
    [dnsmasq] = await Promise.all([names('r1'), names('r2')]);
    await d1.must(['ip', 'address', 'add', `${vip}/32`, 'dev', 'lo']);
    await d1.directord(file({ script: says('script', '0'), file: says('file', 'up') }));
    await until(async () => (await d1.ipvsadm()).length === 4, 60_000, 'four services');
    await table({ 80: { [R1]: 10, [R2]: 10 }, 53: { [R1]: 1, [R2]: 1 }, 81: { [R1]: 4 }, 82: { [R1]: 4 } });
  });
  afterAll(async () => {
    await lab?.down();
  });

  /** Waits until these services have these servers with these weights, and no others. */
  async function table(wanted: Readonly<Record<number, Readonly<Record<string, number>>>>): Promise<void> {
    for (const [port, servers] of Object.entries(wanted)) {
      const now = async () => {
        const service = (await d1.ipvsadm()).find((s) => s.address === `${vip}:${port}`);
        return Object.fromEntries(service?.servers.map((s) => [s.address.split(':')[0], s.weight]) ?? []);
      };
      const same = async () => {
        const found = await now();
        const keys = Object.keys(servers);
        return keys.length === Object.keys(found).length && keys.every((key) => found[key] === servers[key]);
      };
      await until(same, SECONDS, `${port}: ${JSON.stringify(servers)}`).catch(async (error: Error) => {
        throw new Error(`${error.message}, but ${(await d1.directorctl(['status'])).stdout}`);
      });
    }
  }
  const status = async (service: string): Promise<ServerStatus | undefined> => {
    const { stdout } = await d1.directorctl(['status', '--json']);
    return (JSON.parse(stdout) as StatusReport).services.find((s) => s.name === service)?.servers[0];
  };
  const agent = (line: string): string => lab.host('r1').write('agent', `${line}\n`);

  it('an agent gives its server a share, drains it, takes it down and up again', async () => {
    agent('50%');
    await table({ 80: { [R1]: 5, [R2]: 10 } });
    agent('drain');
    await table({ 80: { [R1]: 0, [R2]: 10 } });
    agent('ready stopped # deploying');
    await table({ 80: { [R2]: 10 } });
    expect(await status('web')).toMatchObject({
      health: 'down',
      lastCheck: { ok: true },
      agent: { address: `${R1}:8081`, says: 'stopped (deploying), ready, 50%' },
    });
    agent('up 100%');
    await table({ 80: { [R1]: 10, [R2]: 10 } });
  });

  it('a host that does not answer echo requests is taken out, and comes back', async () => {
    const ignore = (value: 0 | 1) => lab.host('r2').must(['sysctl', '-qw', `net.ipv4.icmp_echo_ignore_all=${value}`]);
    await ignore(1);
    await table({ 80: { [R1]: 10 } });
    await ignore(0);
    await table({ 80: { [R1]: 10, [R2]: 10 } });
  });

  it('a name server that died is taken out, with the reason', async () => {
    await dnsmasq.end('SIGKILL');
    await table({ 53: { [R2]: 1 } });
    expect((await status('names'))?.lastCheck?.reason).toBe('port unreachable: nobody listens there');
  });

  it('a script sets the weight by its exit status', async () => {
    says('script', '12');
    await table({ 81: { [R1]: 10 } });
    says('script', '1');
    await table({ 81: {} });
    says('script', '0');
    await table({ 81: { [R1]: 10 } });
  });

  it('a file adds to the weight, or says in words', async () => {
    says('file', '6');
    await table({ 82: { [R1]: 10 } });
    says('file', 'down # disk full');
    await table({ 82: {} });
    expect((await status('by-file'))?.lastCheck?.reason).toBe('down (disk full)');
    says('file', '50%');
    await table({ 82: { [R1]: 2 } });
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ReloadReport } from '../../../src/control/service.js';
import type { StatusReport } from '../../../src/core/status.js';
import type { Capture } from '../capture.js';
import { type Host, Lab, type LabProcess } from '../lab.js';
import { pause, until } from './pair.js';

const NET = '172.28.128';
const INTERVAL = 100_000;
/** What an interval may be longer: other tests have the processors too. One advert less would be 100,000. */
const BOUND = 90_000;

interface Edit {
  readonly priority?: number;
  readonly addresses?: readonly string[];
  readonly more?: string;
  readonly second?: boolean;
}

const file = ({ priority = 100, addresses = ['200', '201'], more = '', second = true }: Edit = {}): string => `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      priority: ${priority}
      advert_int: 100ms
      virtual_addresses: [${addresses.map((last) => `${NET}.${last}/24`).join(', ')}]
${second ? instance('VI_2', 51, '220') : ''}${more}`;

const instance = (name: string, id: number, last: string, more = ''): string => `
    - name: ${name}
      version: 3
      interface: eth1
      virtual_router_id: ${id}
      advert_int: 100ms
      virtual_addresses: [${NET}.${last}/24]
${more}`;

/** Other work on this machine is not what is measured: the router's main thread goes before it, and its director does not. */
function atOnce(pid: number): void {
  const { status, stderr } = spawnSync('chrt', ['--reset-on-fork', '--rr', '--pid', '1', String(pid)]);
  if (status !== 0) process.stderr.write(`the router has no precedence here, adverts may be late: ${stderr}\n`);
}

describe('a reload while adverts go out each 100 ms', () => {
  let lab: Lab;
  let d1: Host;
  let directord: LabProcess;
  let seen: Capture;

  beforeAll(async () => {
    lab = await Lab.up({
      name: 'reload-net',
      hosts: {
        d1: { eth1: `${NET}.60/24` },
        // Never reloaded: how late adverts are on this machine, busy as it is.
        d2: { eth1: `${NET}.90/24` },
        client: { eth1: `${NET}.10/24` },
      },
    });
    d1 = lab.host('d1');
    directord = await d1.directord(file());
    const control = await lab.host('d2').directord(`vrrp:\n  instances:${instance('VI_9', 60, '240')}`);
    seen = await lab.host('client').tcpdump('eth1', 'proto 112 or arp');
    for (const line of [/VI_1 is master/, /VI_2 is master/, /director process is ready/])
      await directord.waitForLine(line, 30_000);
    await control.waitForLine(/VI_9 is master/, 30_000);
    for (const { pid } of [directord, control]) atOnce(pid);
  }, 60_000);
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') process.stderr.write(`${lab?.logs()}\n`);
  });
  afterAll(async () => {
    await lab?.down();
  });

  const ctl = (...args: string[]) => d1.directorctl(args);
  const reload = async (yaml: string, ...more: string[]): Promise<string[]> => {
    d1.write('directord.yaml', yaml);
    const { status, stdout, stderr } = await ctl('reload', '--json', ...more);
    if (status !== 0) throw new Error(`directorctl reload ended with ${status}: ${stderr}`);
    return (JSON.parse(stdout) as ReloadReport).changes.map((change) => change.text);
  };
  const hangup = async (yaml: string, line: RegExp): Promise<void> => {
    const before = directord.output.length;
    d1.write('directord.yaml', yaml);
    process.kill(directord.pid, 'SIGHUP');
    await until(() => line.test(directord.output.slice(before)), 20_000, String(line));
  };
  const status = async (): Promise<StatusReport> => JSON.parse((await ctl('status', '--json')).stdout) as StatusReport;
  const adverts = (id: number, since = 0) =>
    seen.packets.flatMap((p) => (p.vrrp?.virtualRouterId === id && p.at >= since ? [{ at: p.at, ...p.vrrp }] : []));
  const now = (): number => seen.packets.at(-1)?.at ?? 0;
  /** The longest pause between two adverts since then, in µs. */
  const longest = (id: number, since: number): number => {
    const times = adverts(id, since).map(({ at }) => at);
    return Math.max(...times.slice(1).map((at, i) => at - (times[i] ?? 0)));
  };
  /** Nothing was said later than it may be, or than it is by a daemon that nobody reloads. */
  const undisturbed = (id: number, since: number): void => {
    const bound = Math.max(INTERVAL, longest(60, since)) + BOUND;
    expect(adverts(id, since).length).toBeGreaterThan(5);
    expect(longest(id, since)).toBeLessThanOrEqual(bound);
    expect(adverts(id, since).filter(({ priority }) => priority === 0)).toEqual([]);
  };
  const ours = async (): Promise<string[]> =>
    (await d1.addresses('eth1')).flatMap(({ cidr }) => (cidr.startsWith(`${NET}.2`) ? [cidr] : [])).sort();

  it('of an identical file has nothing to change', async () => {
    const since = now();
    expect(await reload(file())).toEqual([]);
    await pause(600);
    undisturbed(50, since);
    undisturbed(51, since);
  });

  it('changes another instance and starts a new one, and the first goes on', async () => {
    const since = now();
    await reload(
      file({ more: instance('VI_3', 52, '230') }).replace(
        'virtual_router_id: 51',
        'virtual_router_id: 51\n      priority: 130',
      ),
    );
    await until(async () => (await ours()).length === 4, 10_000, 'the address of the new one');
    await until(() => adverts(52, since).length > 3, 5_000, 'adverts of the new one');
    undisturbed(50, since);
    undisturbed(51, since);
    expect(adverts(51).at(-1)?.priority).toBe(130);
    expect((await status()).instances.map((i) => `${i.name} ${i.state}`)).toEqual([
      'VI_1 master',
      'VI_2 master',
      'VI_3 master',
    ]);
  });

  it('by SIGHUP gives a master another priority and other addresses, announces those, and no advert is missed', async () => {
    const since = now();
    const yaml = file({ priority: 120, addresses: ['200', '210'], more: instance('VI_3', 52, '230') });
    await hangup(yaml, /reload/);
    await until(() => adverts(50, since).some(({ priority }) => priority === 120), 20_000, 'the new priority');
    await until(async () => (await ours()).join().includes('.210/24'), 5_000, 'the new address');
    await pause(600);
    expect(await ours()).toEqual(['200', '210', '220', '230'].map((last) => `${NET}.${last}/24`));
    undisturbed(50, since);
    undisturbed(51, since);
    expect(adverts(50).at(-1)?.addresses).toEqual([`${NET}.200`, `${NET}.210`]);
    const announced = seen.packets.flatMap((p) => (p.arp?.gratuitous && p.at >= since ? [p.arp.sender] : []));
    expect(announced).toContain(`${NET}.210`);
    expect((await status()).instances[0]).toMatchObject({ priority: 120, counters: { becameMaster: 1 } });
  });

  it('of a file that is wrong changes nothing, and says where', async () => {
    const since = now();
    const broken = file({ priority: 120, second: false }).replace('advert_int: 100ms', 'advert_int: 7 bananas');
    await hangup(broken, /directord\.yaml:9:19/);
    d1.write('directord.yaml', broken);
    const { status: exit, stderr } = await ctl('reload');
    expect(exit).toBe(1);
    expect(stderr).toMatch(/directord\.yaml:9:19: vrrp\.instances\[0\]\.advert_int/);
    await pause(600);
    undisturbed(50, since);
    undisturbed(51, since);
    expect(await ours()).toEqual(['200', '210', '220', '230'].map((last) => `${NET}.${last}/24`));
  });

  it('lets an instance go that is gone from the file', async () => {
    const since = now();
    await reload(file({ priority: 120, addresses: ['200', '210'], second: false }));
    await until(async () => (await ours()).length === 2, 5_000, 'its address and the other one removed');
    await pause(600);
    undisturbed(50, since);
    expect([51, 52].map((id) => adverts(id, since).at(-1)?.priority)).toEqual([0, 0]);
  });

  it('hears the master of an instance that is new here', async () => {
    const since = now();
    const more = instance('VI_9', 60, '240').replace('advert_int', 'priority: 50\n      advert_int');
    await reload(file({ priority: 120, addresses: ['200', '210'], second: false, more }));
    await pause(1_500);
    const ninth = (await status()).instances.find((i) => i.name === 'VI_9');
    expect(ninth).toMatchObject({ state: 'backup', master: `${NET}.90`, counters: { becameMaster: 0 } });
    undisturbed(50, since);
    await reload(file({ priority: 120, addresses: ['200', '210'], second: false }));
  });

  it('holds for the next director', async () => {
    const since = now();
    const [director = ''] = readFileSync(`/proc/${directord.pid}/task/${directord.pid}/children`, 'utf8').split(' ');
    const before = directord.output.length;
    process.kill(Number(director), 'SIGKILL');
    await until(() => /director process is ready/.test(directord.output.slice(before)), 20_000, 'another director');
    expect(await reload(file({ priority: 120, addresses: ['200', '210'], second: false }), '--dry-run')).toEqual([]);
    expect((await status()).instances.map((i) => i.name)).toEqual(['VI_1']);
    undisturbed(50, since);
  });

  it('with another version lets the instance go and join anew, and says so before', async () => {
    const since = now();
    const yaml = file({ priority: 120, addresses: ['200', '210'], second: false })
      .replace('version: 3', 'version: 2')
      .replace('advert_int: 100ms', 'advert_int: 1s');
    const [planned = ''] = await reload(yaml, '--dry-run');
    expect(planned).toMatch(/^~ instance VI_1: .*version 3 -> 2/);
    expect(planned).toMatch(/resigns|joins anew/);
    expect(adverts(50, since).every(({ priority }) => priority === 120)).toBe(true);
    await reload(yaml);
    await until(() => adverts(50, since).some(({ version }) => version === 2), 10_000, 'adverts of version 2');
    expect(adverts(50, since).filter(({ priority }) => priority === 0).length).toBe(1);
    await until(async () => (await ours()).length === 2, 5_000, 'both addresses');
  });

  it('is what the next start knows of, where both processes are killed', async () => {
    const [director = ''] = readFileSync(`/proc/${directord.pid}/task/${directord.pid}/children`, 'utf8').split(' ');
    directord.stop();
    process.kill(Number(director), 'SIGKILL');
    directord.kill('SIGKILL');
    directord.resume();
    await directord.exited;
    expect(await ours()).toEqual([`${NET}.200/24`, `${NET}.210/24`]);
    const next = await d1.directord(file({ addresses: ['200'] }));
    await until(async () => (await ours()).join() === `${NET}.200/24`, 5_000, 'only what this file has');
    await next.waitForLine(/VI_1 is master/, 20_000);
    next.kill('SIGTERM');
    await next.exited;
    expect(await ours()).toEqual([]);
  });
});

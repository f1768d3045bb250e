import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type Host, Lab, type LabProcess } from '../lab.js';
import { pause, until } from './pair.js';

const VIP = '172.28.128.200';
const FIFO = '/run/directord/notify.fifo';
const two = [1, 2] as const;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

async function alone(name: string): Promise<{ on: Lab; d1: Host }> {
  lab = await Lab.up({ name, hosts: { d1: { eth1: '172.28.128.60/24' }, d2: { eth1: '172.28.128.90/24' } } });
  return { on: lab, d1: lab.host('d1') };
}

/** Writes down its arguments; runs in the host's namespaces as its daemon does. */
const writes = (file: string): string => `echo "$*" >> ${file}`;

const yaml = (file: string): string => {
  const notify = `notify: { any: [/bin/sh, -c, '${writes(file)}', notify], user: root }`;
  const instance = (n: number): string => `    - name: VI_${n}
      version: 3
      interface: eth1
      virtual_router_id: ${49 + n}
      priority: ${100 - n}
      advert_int: 100ms
      virtual_addresses: [172.28.128.20${n}/24]
      ${notify}`;
  return `
vrrp:
  notify_fifo: { path: ${FIFO} }
  sync_groups:
    - name: VG_1
      instances: [VI_1, VI_2]
      ${notify}
  instances:
${two.map(instance).join('\n')}
`;
};

const conf = (file: string): string => {
  const notify = `notify "/bin/sh ${file}"`;
  const instance = (n: number): string => `vrrp_instance VI_${n} {
  state BACKUP
  interface eth1
  virtual_router_id ${49 + n}
  priority ${100 - n}
  advert_int 0.1
  virtual_ipaddress {
    172.28.128.20${n}/24 dev eth1
  }
  ${notify}
}`;
  return `
global_defs {
  vrrp_version 3
  vrrp_notify_fifo ${FIFO}
  script_user root
}
vrrp_sync_group VG_1 {
  group {
    VI_1
    VI_2
  }
  ${notify}
}
${two.map(instance).join('\n')}
`;
};

/** A start, a cut cable, its mending and a stop, seen by a reader of the FIFO and by the commands. */
async function life(on: Lab, d1: Host, start: () => Promise<LabProcess>, file: string) {
  await d1.must(['mkdir', '-p', '/run/directord']);
  await d1.must(['mkfifo', FIFO]);
  const reader = await d1.start(['cat', FIFO], { name: 'reader' });
  const has = (line: string) => () => reader.stdout.includes(line);
  const daemon = await start();
  const masters = (): number => reader.stdout.split('MASTER').length - 1;
  // Two instances and their group.
  await until(() => masters() === 3, 20_000, 'two masters');
  await on.cut('d1', 'eth1');
  await until(has('"VI_1" FAULT 99'), 10_000, 'VI_1 in fault');
  await until(has('"VI_2" FAULT 98'), 10_000, 'VI_2 in fault');
  await until(has('GROUP "VG_1" FAULT 0'), 10_000, 'VG_1 in fault');
  await pause(500);
  await on.heal('d1', 'eth1');
  await until(() => masters() === 6, 20_000, 'two masters again');
  await pause(500);
  daemon.kill('SIGTERM');
  await daemon.exited;
  await reader.exited;
  const lines = reader.stdout.trim().split('\n');
  const calls = readFileSync(file, 'utf8').trim().split('\n');
  await d1.must(['rm', '-f', FIFO]);
  // Which of two instances is first is chance: each by itself is compared.
  const by = (list: readonly string[]): string[][] =>
    ['VI_1', 'VI_2', 'VG_1'].map((name) => list.filter((line) => line.includes(name)));
  return { lines: by(lines), calls: by(calls) };
}

describe('notifications', () => {
  it('are those of keepalived: the same lines in the FIFO, the same arguments for commands', async () => {
    const { on, d1 } = await alone('notify-k');
    const [ours, theirs] = [join(d1.dir, 'ours'), join(d1.dir, 'theirs')];
    const script = d1.write('notify.sh', `${writes(theirs)}\n`);
    const keepalived = await life(on, d1, () => d1.keepalived(conf(script)), theirs);
    const directord = await life(on, d1, () => d1.directord(yaml(ours)), ours);
    expect(directord.lines[0]).toEqual(
      ['BACKUP', 'MASTER', 'FAULT', 'BACKUP', 'MASTER', 'STOP'].map((state) => `INSTANCE "VI_1" ${state} 99`),
    );
    expect(directord.lines[2]?.at(1)).toBe('GROUP "VG_1" MASTER 0');
    expect(directord.lines).toEqual(keepalived.lines);
    // keepalived starts the commands of two states at once; what they write is in any order.
    const sorted = (calls: string[][]): string[][] => calls.map((each) => each.toSorted());
    expect(sorted(directord.calls)).toEqual(sorted(keepalived.calls));
    expect(directord.calls).toEqual(directord.lines.map((each) => each.map((line) => line.replaceAll('"', ''))));
  }, 120_000);

  it('are not lost when the director is killed in the middle of a command, nor between two', async () => {
    const { on, d1 } = await alone('notify-kill');
    const file = join(d1.dir, 'told');
    const tell = `echo "$DIRECTORD_SEQUENCE $DIRECTORD_PREVIOUS_STATE $DIRECTORD_STATE begins" >> ${file}; sleep 0.4; echo "$DIRECTORD_SEQUENCE ends" >> ${file}`;
    const daemon = await d1.directord(`
vrrp:
  notify_fifo: { path: ${FIFO} }
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      advert_int: 10ms
      virtual_addresses: [${VIP}/24]
      notify: { any: [/bin/sh, -c, '${tell}'], user: root }
`);
    const said = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    const begun = (n: number): boolean => said().some((line) => line.startsWith(`${n} `) && line.endsWith('begins'));
    await until(() => begun(2), 20_000, 'master is told');
    const killDirector = (): void => {
      const [child = ''] = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8').split(' ');
      process.kill(Number(child), 'SIGKILL');
    };
    killDirector();
    // While there is no director: FAULT, BACKUP, MASTER.
    await on.cut('d1', 'eth1');
    await pause(50);
    await on.heal('d1', 'eth1');
    await until(() => said().includes('5 ends'), 20_000, 'the fifth is told');
    killDirector();
    await until(() => daemon.output.split('director process is ready').length === 4, 20_000, 'a third director');
    // Nobody has read the FIFO yet: what three directors wrote lies in it.
    const reader = await d1.start(['cat', FIFO], { name: 'reader' });
    await until(() => reader.stdout.includes('FAULT'), 5_000, 'the FIFO is read');
    daemon.kill('SIGTERM');
    await daemon.exited;
    await reader.exited;
    expect(
      reader.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[2]),
    ).toEqual(['BACKUP', 'MASTER', 'FAULT', 'BACKUP', 'MASTER', 'STOP']);
    const lines = said();
    const chain = lines.filter((line) => line.endsWith('begins')).map((line) => line.split(' ').slice(0, 3).join(' '));
    expect([...new Set(chain)]).toEqual([
      '1 INIT BACKUP',
      '2 BACKUP MASTER',
      '3 MASTER FAULT',
      '4 FAULT BACKUP',
      '5 BACKUP MASTER',
      '6 MASTER STOP',
    ]);
    // What was cut in the middle was ended and told again; never two at once.
    expect(chain.filter((line) => line.startsWith('2 ')).length).toBe(2);
    for (const [i, line] of lines.entries()) {
      const [n] = line.split(' ');
      if (line.endsWith('ends')) expect(lines[i - 1]).toMatch(new RegExp(`^${n} .*begins$`));
    }
    expect(await d1.exec(['test', '-e', FIFO])).toMatchObject({ status: 1 });
  }, 60_000);

  it('go into another FIFO after a reload, where they outlive the director as well', async () => {
    const { on, d1 } = await alone('notify-moves');
    const OTHER = '/run/directord/other.fifo';
    const text = (fifo: string): string => `
control: { group: root }
vrrp:
  notify_fifo: { path: ${fifo} }
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      advert_int: 10ms
      virtual_addresses: [${VIP}/24]
`;
    const daemon = await d1.directord(text(FIFO));
    await until(() => d1.hasAddress('eth1', `${VIP}/24`), 20_000, 'the address');
    await daemon.waitForLine(/director process is ready/, 20_000);
    await pause(100);
    d1.write('directord.yaml', text(OTHER));
    expect(await d1.directorctl(['reload'])).toMatchObject({ status: 0, stderr: '' });
    const is = async (path: string): Promise<boolean> => (await d1.exec(['test', '-p', path])).status === 0;
    await until(() => is(OTHER), 5_000, 'the other FIFO');
    expect(await is(FIFO)).toBe(false);
    // Nobody reads yet, and a director that writes is killed.
    const has = () => d1.hasAddress('eth1', `${VIP}/24`);
    await on.cut('d1', 'eth1');
    await until(async () => !(await has()), 5_000, 'no address');
    await on.heal('d1', 'eth1');
    await until(has, 5_000, 'the address again');
    await pause(100);
    const [child = ''] = readFileSync(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8').split(' ');
    process.kill(Number(child), 'SIGKILL');
    await until(() => daemon.output.split('director process is ready').length === 3, 20_000, 'a second director');
    const reader = await d1.start(['cat', OTHER], { name: 'reader' });
    daemon.kill('SIGTERM');
    await daemon.exited;
    await reader.exited;
    const states = reader.stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[2]);
    expect(states).toEqual(['FAULT', 'BACKUP', 'MASTER', 'STOP']);
    expect(await is(OTHER)).toBe(false);
  }, 60_000);

  it('tell of the stop when the router is killed, and end a command that outlives the service', async () => {
    const { d1 } = await alone('notify-end');
    const file = join(d1.dir, 'told');
    const text = (tell: string): string => `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      advert_int: 10ms
      virtual_addresses: [${VIP}/24]
      notify: { any: [/bin/sh, -c, '${tell}', notify], user: root }
`;
    const said = (): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    const killed = await d1.directord(text(`echo "$3 $DIRECTORD_REASON" >> ${file}`));
    await until(() => said().includes('MASTER'), 20_000, 'master is told');
    await pause(200);
    killed.kill('SIGKILL');
    await until(() => said().includes('STOP the router process died'), 5_000, 'the stop is told');
    await until(async () => !(await d1.hasAddress('eth1', `${VIP}/24`)), 5_000, 'no address');
    await pause(500);

    const slow = await d1.directord(text(`echo "begins $3" >> ${file}; exec sleep 3333`));
    await until(() => said().includes('begins BACKUP'), 20_000, 'a command that does not end');
    const begin = performance.now();
    slow.kill('SIGTERM');
    await slow.exited;
    const took = performance.now() - begin;
    expect(took).toBeGreaterThan(1_900);
    expect(took).toBeLessThan(6_500);
    // What waited is folded into the stop, which is told; nothing of it is left.
    expect(said()).toContain('begins STOP');
    expect(said()).not.toContain('begins MASTER');
    expect((await d1.exec(['pgrep', '-f', 'sleep 3333'])).stdout).toBe('');
    expect(slow.output).toContain('intermediate changes of state are not told (1), because the service stops');
  }, 60_000);
});

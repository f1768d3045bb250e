import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { checkHost, type HostFacts } from '../../src/config/host.js';
import { collectHostFacts, scriptFacts } from '../../src/config/host-facts.js';
import { formatProblem, parseConfig } from '../../src/config/load.js';
import { type FileFacts, type PathStep, scriptFault } from '../../src/config/script-file.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { instance, script, service } from './bad/row.js';

const root: PathStep = { path: '/', uid: 0, mode: 0o755 };
const steps = (...more: PathStep[]): FileFacts => ({ kind: 'file', steps: [root, ...more] });
const sound = steps({ path: '/bin/true', uid: 0, mode: 0o755 });

const host: HostFacts = {
  interfaces: new Map([
    ['lo', ['127.0.0.1' as Ipv4]],
    ['eth1', ['172.28.128.60' as Ipv4]],
  ]),
  scripts: new Map([['/bin/true', sound]]),
  users: new Map(),
  ipvs: 'loaded',
};

function problems(text: string, facts: Partial<HostFacts> = {}): string[] {
  const result = parseConfig(text, 'f.yaml');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return checkHost(result.config, { ...host, ...facts }).map((f) => formatProblem(result.locate(f)));
}

const web = service('servers: [{ address: 172.28.128.110:80 }]');

describe('the check of this machine', () => {
  test('says nothing when all fits', () => {
    expect(problems(`${instance('track: { interfaces: [eth1] }')}${web}`)).toEqual([]);
    expect(problems(script('{ name: b, command: [/bin/true] }'))).toEqual([]);
  });

  test('finds the scripts of checks, once where servers share one', () => {
    const text = service(
      'check: { type: script, command: [/opt/ask, web], user: asker }',
      'servers: [{ address: 10.0.0.1:80 }, { address: 10.0.0.2:80, check: { type: script, command: [/opt/other] } }]',
    );
    const scripts = new Map([
      ['/opt/ask', { kind: 'missing' } as const],
      ['/opt/other', { kind: 'no-file' } as const],
    ]);
    const found = problems(text, { scripts }).filter((line) => line.includes('check'));
    expect(found).toEqual([
      'f.yaml:4:62: ipvs.services[0].check.user: found asker; allowed: a user that this host has',
      'f.yaml:4:40: ipvs.services[0].check.command[0]: found /opt/ask, which does not exist; allowed: an executable file that root alone can change',
      'f.yaml:5:100: ipvs.services[0].servers[1].check.command[0]: found /opt/other, which is no regular file; allowed: an executable file that root alone can change',
    ]);
  });

  test('counts the bytes of an advert, which is one packet', () => {
    const many = (count: number, of: (i: number) => string, version: number): string => {
      const list = `[${Array.from({ length: count }, (_, i) => of(i)).join(', ')}]`;
      return instance(`version: ${version}`).replace('[172.28.128.200/24]', list);
    };
    const four = (i: number): string => `10.0.0.${i}`;
    const six = (i: number): string => `fe80::${(i + 1).toString(16)}/64`;
    const mtus = new Map([['eth1', 1500]]);
    expect(problems(many(90, six, 3), { mtus })).toEqual([]);
    expect(problems(many(255, four, 2), { mtus })).toEqual([]);
    expect(problems(many(91, six, 3), { mtus })).toEqual([
      'f.yaml:6:26: vrrp.instances[0].virtual_addresses: found 91 addresses, which make an advert of 1504 bytes, more than the MTU 1500 of eth1; allowed: 90 at most there, the others in excluded_addresses',
    ]);
    expect(problems(many(255, four, 2), { mtus: new Map([['eth1', 1000]]) })).toEqual([
      expect.stringContaining('allowed: 241 at most there'),
    ]);
  });

  test('finds what routes, virtual MACs, connection sync and the FIFO have not here', () => {
    const text = `
vrrp:
  notify_fifo: { path: /nowhere/fifo }
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [172.28.128.200/24]
      virtual_mac: true
      routes:
        - { to: 10.1.0.0/16, interface: nope }
        - { to: 10.2.0.0/16, interface: vrrp.50 }
        - { to: 10.3.0.0/16, nexthops: [{ via: 172.28.128.1, interface: eth1 }, { via: 172.28.128.2, interface: eth8 }] }
      rules: [{ iif: eth7, oif: eth1, table: 100, priority: 900, family: 4 }]
      connection_sync: {}
      track: { routes: [up] }
track: { routes: [{ name: up, to: default, interface: eth6 }] }
`;
    const is = 'which this host does not have; allowed: lo, eth1';
    const facts = { ipvs: 'absent', fifo: 'no-directory', macs: new Map([['vrrp.50', '02:00:00:00:00:01']]) } as const;
    expect(problems(text, facts)).toEqual([
      `f.yaml:11:41: vrrp.instances[0].routes[0].interface: found nope, ${is}`,
      `f.yaml:13:113: vrrp.instances[0].routes[2].nexthops[1].interface: found eth8, ${is}`,
      `f.yaml:14:22: vrrp.instances[0].rules[0].iif: found eth7, ${is}`,
      'f.yaml:9:20: vrrp.instances[0].virtual_mac: found the interface vrrp.50, which is there already, with MAC 02:00:00:00:00:01; allowed: a name that is free',
      'f.yaml:15:24: vrrp.instances[0].connection_sync: this kernel has no IPVS, whose connections these are; allowed: a kernel with the module ip_vs',
      `f.yaml:17:55: track.routes[0].interface: found eth6, ${is}`,
      'f.yaml:3:24: vrrp.notify_fifo.path: found /nowhere/fifo, whose directory does not exist; allowed: a FIFO, or a free name in a directory that exists',
    ]);
    const ours = { fifo: 'fifo', macs: new Map([['vrrp.50', '00:00:5e:00:01:32']]) } as const;
    const sound = text.replace('nope', 'eth1').replace('eth8', 'eth1').replace('eth7', 'lo').replace('eth6', 'lo');
    expect(problems(sound, ours)).toEqual([]);
  });

  test('names the interfaces that there are when one does not exist', () => {
    const text = instance('track: { interfaces: [eth9] }')
      .replace('interface: eth1', 'interface: eth0')
      .replace('172.28.128.200/24', '{ address: 172.28.128.200/24, interface: eth8 }');
    expect(problems(text)).toEqual([
      'f.yaml:4:18: vrrp.instances[0].interface: found eth0, which this host does not have; allowed: lo, eth1',
      'f.yaml:7:29: vrrp.instances[0].track.interfaces[0]: found eth9, which this host does not have; allowed: lo, eth1',
      'f.yaml:6:68: vrrp.instances[0].virtual_addresses[0].interface: found eth8, which this host does not have; allowed: lo, eth1',
    ]);
  });

  test('refuses priority 255 with another’s address', () => {
    const owner = instance('priority: 255');
    expect(problems(owner)).toEqual([
      "f.yaml:7:17: vrrp.instances[0].priority: found 255, which is for the owner of the addresses only, but 172.28.128.200 is not on eth1 (it has 172.28.128.60); allowed: 1 to 254, or the interface's own addresses",
    ]);
    expect(problems(owner.replace('172.28.128.200', '172.28.128.60'))).toEqual([]);
  });

  test('looks at the commands and users of notifications as at scripts', () => {
    const text = `${instance('notify: { any: [/bin/none], user: nobdy }')}`;
    const facts = {
      users: new Map([['nobdy', null]]),
      scripts: new Map<string, FileFacts>([['/bin/none', { kind: 'missing' }]]),
    };
    expect(problems(text, facts)).toEqual([
      'f.yaml:7:41: vrrp.instances[0].notify.user: found nobdy; allowed: a user that this host has',
      'f.yaml:7:23: vrrp.instances[0].notify.any[0]: found /bin/none, which does not exist; allowed: an executable file that root alone can change',
    ]);
  });

  test('refuses a service whose address no interface, no local route and no instance has', () => {
    expect(problems(web)).toEqual([
      'f.yaml:3:16: ipvs.services[0].address: found 172.28.128.200, which is on no interface of this host, in no local route and no virtual address of an instance, so that no packet for it comes in; allowed: one of these',
    ]);
    expect(problems(web.replace('172.28.128.200', '172.28.128.60'))).toEqual([]);
    expect(problems(web, { routed: new Set(['172.28.128.200' as Ipv4]) })).toEqual([]);
  });

  test('says how to load IPVS where the kernel has none, and only when there are services', () => {
    expect(problems(`${instance()}${web}`, { ipvs: 'absent' })).toEqual([
      'f.yaml:8:3: ipvs: this kernel has no IPVS; allowed: a kernel with the module ip_vs (load it with "modprobe ip_vs"; at each start by /etc/modules-load.d)',
    ]);
    expect(problems(`${instance()}${web}`, { ipvs: 'loadable' })).toEqual([]);
    expect(problems(instance(), { ipvs: 'absent' })).toEqual([]);
  });

  test('refuses a script’s user that does not exist', () => {
    const text = script('{ name: b, command: [/bin/true], user: nobdy }');
    expect(problems(text, { users: new Map([['nobdy', null]]) })).toEqual([
      'f.yaml:4:46: track.scripts[1].user: found nobdy; allowed: a user that this host has',
    ]);
    expect(problems(text, { users: new Map([['nobdy', 65_534]]) })).toEqual([]);
  });

  test('refuses a script that does not exist', () => {
    const text = script('{ name: b, command: [/bin/none] }');
    expect(problems(text, { scripts: new Map([['/bin/none', { kind: 'missing' }]]) })).toEqual([
      'f.yaml:4:28: track.scripts[1].command[0]: found /bin/none, which does not exist; allowed: an executable file that root alone can change',
    ]);
  });
});

test.each<[string, FileFacts, string | null]>([
  ['a sound file', sound, null],
  ['one that does not exist', { kind: 'missing' }, 'which does not exist'],
  ['a directory', { kind: 'no-file' }, 'which is no regular file'],
  ['one that is not executable', steps({ path: '/s', uid: 0, mode: 0o644 }), 'which is not executable'],
  [
    'one that its group can write',
    steps({ path: '/s', uid: 0, mode: 0o775 }),
    'which is writable by others than its owner',
  ],
  ['one that all can write', steps({ path: '/s', uid: 0, mode: 0o757 }), 'which is writable by others than its owner'],
  ['one of another user', steps({ path: '/s', uid: 1000, mode: 0o755 }), 'which belongs to user 1000, not to root'],
  [
    'one in a directory that all can write',
    steps({ path: '/d', uid: 0, mode: 0o777 }, { path: '/d/s', uid: 0, mode: 0o755 }),
    'which is in /d, and that is writable by others than its owner',
  ],
  [
    'one in a directory of another user',
    steps({ path: '/d', uid: 1000, mode: 0o755 }, { path: '/d/s', uid: 0, mode: 0o755 }),
    'which is in /d, and that belongs to user 1000, not to root',
  ],
  [
    'one in a sticky directory',
    steps({ path: '/tmp', uid: 0, mode: 0o1777 }, { path: '/tmp/s', uid: 0, mode: 0o755 }),
    null,
  ],
])('of script files, %s is judged', (_, facts, fault) => {
  expect(scriptFault(facts)).toBe(fault);
});

describe('on this very machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'directord-script-'));
  const path = join(folder, 'check.sh');
  writeFileSync(path, '#!/bin/sh\n');
  afterAll(() => rmSync(folder, { recursive: true }));

  async function faultAt(mode: number): Promise<string | null> {
    chmodSync(path, mode);
    return scriptFault(await scriptFacts(path));
  }

  test('a script’s file is looked at', async () => {
    expect(await faultAt(0o644)).toBe('which is not executable');
    expect(await scriptFacts(join(folder, 'none'))).toEqual({ kind: 'missing' });
    expect(await scriptFacts(folder)).toEqual({ kind: 'no-file' });
    // /bin is a link on most systems: the way through it counts as well as the file behind it.
    expect(scriptFault(await scriptFacts('/bin/sh'))).toBeNull();
  });

  test.skipIf(process.getuid?.() !== 0)('a script that others can write is refused', async () => {
    expect(await faultAt(0o755)).toBeNull();
    expect(await faultAt(0o775)).toBe('which is writable by others than its owner');
    expect(await faultAt(0o777)).toBe('which is writable by others than its owner');
  });

  test('interfaces, scripts and users are found', async () => {
    const text = script('{ name: b, command: [/bin/false], user: root }').replace('weight', '');
    const result = parseConfig(text, 'f.yaml');
    if (!result.ok) throw new Error('invalid');
    const facts = await collectHostFacts(result.config);
    expect(facts.interfaces.has('lo')).toBe(true);
    expect([...facts.scripts.keys()]).toEqual(['/bin/true', '/bin/false']);
    expect(facts.users).toEqual(new Map([['root', 0]]));
  });

  test('an address of a service counts that no interface has, but a local route', async () => {
    const groups = '[127.3.2.1:80, 203.0.113.77:80, { fwmark: 5 }]';
    const result = parseConfig(`ipvs: { services: [{ addresses: ${groups}, servers: [] }] }`, 'f.yaml');
    if (!result.ok) throw new Error('invalid');
    expect((await collectHostFacts(result.config)).routed).toEqual(new Set(['127.3.2.1']));
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { runCheck } from '../../src/cli/check.js';
import type { HostFacts } from '../../src/config/host.js';
import { instance, service } from '../config/bad/row.js';

const folder = mkdtempSync(join(tmpdir(), 'directord-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

const nothing: HostFacts = { interfaces: new Map([['lo', []]]), scripts: new Map(), users: new Map(), ipvs: 'absent' };

/** Runs the check over a text. @returns exit code, stdout, stderr, with the file's name as FILE. */
async function check(text: string, host = false, facts = nothing): Promise<readonly [number, string, string]> {
  const file = join(folder, 'directord.yaml');
  writeFileSync(file, text);
  const out = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (part: string) => {
      out[name] += part;
    },
  });
  const run = { file, host, stdout: sink('stdout'), stderr: sink('stderr') };
  const code = await runCheck({ ...run, collect: async () => facts });
  return [code, out.stdout.replaceAll(file, 'FILE'), out.stderr.replaceAll(file, 'FILE')];
}

const two = service('servers: [{ address: 172.28.128.110:80 }, { address: 172.28.128.120:80 }]');

test('a valid file gives 0 and one line that says what is in it', async () => {
  expect(await check(instance() + two)).toEqual([0, 'FILE: valid: 1 instance, 1 service with 2 servers\n', '']);
  expect(await check(instance())).toEqual([0, 'FILE: valid: 1 instance\n', '']);
  expect(await check('vrrp: {}\n')).toEqual([0, 'FILE: valid: no instance and no service\n', '']);
});

test('an invalid file gives 2 and each problem on a line of stderr', async () => {
  expect(await check(instance('priority: 0', 'advert_int: 1'))).toEqual([
    2,
    '',
    'FILE:7:17: vrrp.instances[0].priority: found 0; allowed: a whole number from 1 to 255\n' +
      'FILE:8:19: vrrp.instances[0].advert_int: found 1, which has no unit; allowed: version 2: a duration of whole seconds from 1s to 255s; version 3: a multiple of 10ms from 10ms to 40950ms\n',
  ]);
});

test('a warning does not make a file invalid', async () => {
  expect(await check(service('servers: []'))).toEqual([
    0,
    'FILE: valid: 1 service with 0 servers\n',
    'FILE:4:16: ipvs.services[0].servers: warning: tcp/172.28.128.200:80 has no server: nobody is served\n',
  ]);
});

test('a scheduler that Linux does not have is a warning, and with --host a problem where the kernel has none of its name', async () => {
  const text = service('scheduler: rrr', 'servers: [{ address: 172.28.128.110:80 }]').replace(
    '172.28.128.200',
    '127.0.0.1',
  );
  const warning =
    'FILE:4:18: ipvs.services[0].scheduler: warning: Linux has no scheduler rrr of its own, did you mean rr? without a module ip_vs_rrr the kernel refuses the service\n';
  expect(await check(text)).toEqual([0, 'FILE: valid: 1 service with 1 server\n', warning]);
  const here = { ...nothing, ipvs: 'loadable', schedulers: new Set(['rr', 'wlc']) } as const;
  expect(await check(text, true, here)).toEqual([
    2,
    '',
    `${warning}FILE:4:18: ipvs.services[0].scheduler: found rrr, which this kernel does not have (there is no module ip_vs_rrr), did you mean rr? allowed: rr, wlc\n`,
  ]);
});

test('with --host what does not fit the machine gives 2, in the order of the file', async () => {
  const [code, stdout, stderr] = await check(instance() + two, true);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr.split('\n').map((line) => line.split(' ', 2).join(' '))).toEqual([
    'FILE:4:18: vrrp.instances[0].interface:',
    'FILE:8:3: ipvs:',
    '',
  ]);
});

test('with --host a file that fits says so', async () => {
  expect(await check('ipvs: { services: [] }\n', true)).toEqual([
    0,
    'FILE: valid, and fits this host: no instance and no service\n',
    '',
  ]);
});

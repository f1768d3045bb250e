import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatProblem, loadConfig } from '../../src/config/load.js';
import { configSchema } from '../../src/config/schema.js';

const files = readdirSync('configs').filter((name) => name.endsWith('.yaml'));
const unit = readFileSync('configs/directord.service', 'utf8');

async function load(name: string) {
  const result = await loadConfig(`configs/${name}`, 'host');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result;
}

test.each(files)('configs/%s is valid, without a warning', async (name) => {
  expect((await load(name)).warnings).toEqual([]);
});

test('the full file has every key that the schema knows, but those that are not supported yet', () => {
  const words = new Set(readFileSync('configs/directord.full.yaml', 'utf8').match(/\b\w+(?=:)/g));
  const missing: string[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const properties = Object.entries((node as { properties?: object }).properties ?? {});
    for (const [key, value] of properties) if (!('not' in value) && !words.has(key)) missing.push(key);
    for (const value of Object.values(node)) walk(value);
  };
  walk(configSchema.toJSONSchema({ io: 'input' }));
  expect(missing).toEqual([]);
});

test('the two files of scenario 1 differ in router_id and priority only', async () => {
  const [one, two] = [await load('scenario1-balance1.yaml'), await load('scenario1-balance2.yaml')].map(
    (r) => r.config,
  );
  expect([one?.router_id, two?.router_id]).toEqual(['Balance1', 'Balance2']);
  expect(one?.vrrp.instances.map((i) => [i.virtual_router_id, i.priority, i.auth])).toEqual([
    [50, 100, { type: 'pass', pass: 'netology' }],
  ]);
  const priority50 = one?.vrrp.instances.map((i) => ({ ...i, priority: 50 }));
  expect({ ...two, router_id: 'Balance1' }).toEqual({ ...one, vrrp: { ...one?.vrrp, instances: priority50 } });
});

test.each([
  'Type=notify',
  'User=directord',
  'Group=directord',
  'CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW',
  'AmbientCapabilities=CAP_NET_ADMIN CAP_NET_RAW',
  'NoNewPrivileges=yes',
  'RuntimeDirectory=directord',
  'StateDirectory=directord',
  'ExecStart=/usr/bin/directord run --config /etc/directord/directord.yaml',
  'KillMode=mixed',
  'LimitRTPRIO=1',
])('the unit has %s', (line) => {
  expect(unit.split('\n')).toContain(line);
});

test('the unit lets V8 compile', () => {
  expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
});

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))('systemd-analyze rates the unit below 3.0', () => {
  const out = execFileSync('systemd-analyze', [
    'security',
    '--offline=true',
    '--threshold=100',
    'configs/directord.service',
  ]);
  const [, rating = 'none'] = /Overall exposure level for \S+: (\d+\.\d+)/.exec(out.toString()) ?? [];
  expect(Number(rating)).toBeLessThan(3);
});

test('systemd loads the module that IPVS is in, and makes the user that the unit runs as', () => {
  expect(readFileSync('configs/modules-load.d/directord.conf', 'utf8')).toMatch(/^ip_vs$/m);
  expect(readFileSync('configs/sysusers.d/directord.conf', 'utf8')).toMatch(/^u\s+directord\s/m);
});

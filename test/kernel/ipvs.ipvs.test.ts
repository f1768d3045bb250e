import { execFileSync } from 'node:child_process';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plan } from '../../src/core/ipvs/plan.js';
import { PLAIN_SERVICE, plainServer } from '../../src/core/ipvs/table.js';
import { KernelIpvs } from '../../src/kernel/ipvs.js';
import { native } from '../../src/kernel/native.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { ipvsContract } from '../contract/ipvs.js';
import { idsOf, settled } from '../core/ipvs/tables.js';
import { settledByIpvsadm } from '../lab/ipvsadm-rules.js';

const ipvsadm = (...args: string[]): string => execFileSync('ipvsadm', args, { encoding: 'utf8', stdio: 'pipe' });
const rules = (): string[] =>
  ipvsadm('-S', '-n')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** What ipvsadm reads, in the form of `settled`: one process for both tables. */
function judge(): string[] {
  const both = execFileSync('sh', ['-c', 'ipvsadm -S -n; echo ==; ipvsadm -Ln --thresholds'], { encoding: 'utf8' });
  const [saved = '', limits = ''] = both.split('==\n');
  return settledByIpvsadm(saved, limits);
}

// These tests empty the table: never that of a host that forwards.
beforeAll(() => {
  const standing = rules();
  if (standing.length > 0) {
    throw new Error(`this network namespace has IPVS services (${standing[0]}): run these tests in an empty one`);
  }
});

ipvsContract(
  'the kernel',
  async () => {
    const table = new KernelIpvs(native);
    return {
      table,
      judge: async () => judge(),
      clear: async () => {
        ipvsadm('-C');
      },
      end: async () => {
        await table.close();
        ipvsadm('-C');
      },
    };
  },
  // A judge is three processes, and User Mode Linux starts processes slowly.
  { runs: 200, judged: 10 },
);

describe('the kernel’s table with what others put there', () => {
  const table = new KernelIpvs(native);
  const web = {
    key: { protocol: 'tcp', address: '10.0.0.1' as Ipv4, port: 80 },
    settings: { ...PLAIN_SERVICE, scheduler: 'rr', persistence: 0 },
    servers: [{ key: { address: '10.1.0.1' as Ipv4, port: 80 }, settings: plainServer('tunnel', 1) }],
  } as const;
  beforeEach(() => {
    ipvsadm('-C');
  });
  afterEach(async () => {
    await table.close();
    ipvsadm('-C');
  });

  async function putRight(): Promise<string[]> {
    const actual = await table.dump();
    if ('code' in actual) throw new Error(actual.detail);
    const changes = plan([web], actual, new Set());
    expect((await table.apply(changes)).filter((failure) => failure !== null)).toEqual([]);
    const left = await table.dump();
    expect('code' in left ? left : plan([web], left, new Set())).toEqual([]);
    return changes.map((change) => change.kind);
  }

  test('services of others, of whatever kind, are read and stay', async () => {
    ipvsadm('-A', '-t', '[fd00::1]:80', '-s', 'rr');
    ipvsadm('-a', '-t', '[fd00::1]:80', '-r', '[fd00::2]:80', '-g');
    ipvsadm('-A', '-f', '7', '-s', 'rr');
    ipvsadm('-a', '-f', '7', '-r', '10.1.0.9:0', '-g');
    ipvsadm('-A', '-f', '7', '-6', '-s', 'rr');
    ipvsadm('--add-service', '--sctp-service', '10.0.0.1:80', '-s', 'rr');
    expect(idsOf((await table.dump()) as [])).toEqual(
      new Set(['tcp/[fd00::1]:80', 'fwmark/7', 'fwmark6/7', 'sctp/10.0.0.1:80']),
    );
    const before = rules();
    expect(await putRight()).toEqual(['addService', 'addServer']);
    expect(
      rules()
        .filter((line) => !line.includes('-t 10.0.0.1:80'))
        .sort(),
    ).toEqual(before.sort());
  });

  test('a row that is as wanted is adopted without a change', async () => {
    ipvsadm('-A', '-t', '10.0.0.1:80', '-s', 'rr');
    ipvsadm('-a', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80', '-i', '-w', '1');
    expect(await putRight()).toEqual([]);
  });

  test.each([
    ['one-packet scheduling', ['-A', '-u', '10.0.0.1:80', '-s', 'rr', '-o'], 'udp'],
    ['a netmask', ['-A', '-t', '10.0.0.1:80', '-s', 'rr', '-p', '50', '-M', '255.255.255.0'], 'tcp'],
    ['a scheduler’s flag', ['-A', '-t', '10.0.0.1:80', '-s', 'sh', '-b', 'sh-port'], 'tcp'],
    ['a flag that we never set', ['-A', '-t', '10.0.0.1:80', '-s', 'rr', '-b', 'flag-3'], 'tcp'],
    ['a mask with holes', ['-A', '-t', '10.0.0.1:80', '-s', 'rr', '-p', '50', '-M', '255.0.255.0'], 'tcp'],
  ])('a service with %s is edited back', async (_what, args, protocol) => {
    ipvsadm(...args);
    const actual = await table.dump();
    const desired = { ...web, key: { ...web.key, protocol: protocol as 'tcp' }, servers: [] };
    await table.apply(plan([desired], actual as [], new Set()));
    expect(rules()).toEqual([`-A -${protocol[0]} 10.0.0.1:80 -s rr`]);
  });

  test('a server with thresholds, or with a GUE tunnel, is edited back', async () => {
    ipvsadm('-A', '-t', '10.0.0.1:80', '-s', 'rr');
    const row = ['-a', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80', '-i', '-w', '1'];
    ipvsadm(...row, '-x', '100', '-y', '50');
    expect(await putRight()).toEqual(['editServer']);
    ipvsadm('-d', '-t', '10.0.0.1:80', '-r', '10.1.0.1:80');
    ipvsadm(...row, '--tun-type', 'gue', '--tun-port', '6080');
    expect(await putRight()).toEqual(['editServer']);
    expect(settled((await table.dump()) as [])).toEqual(judge());
    expect(rules().join()).not.toContain('gue');
  });

  test('every scheduler that this kernel has is taken by name', async () => {
    const names = ['rr', 'wrr', 'lc', 'wlc', 'lblc', 'lblcr', 'dh', 'sh', 'sed', 'nq', 'fo', 'ovf', 'mh'];
    const failures = await table.apply(
      names.map((scheduler, i) => ({
        kind: 'addService',
        service: { ...web.key, port: 100 + i },
        settings: { ...PLAIN_SERVICE, scheduler, persistence: 0 },
      })),
    );
    expect(failures.map((failure) => failure?.detail ?? null)).toEqual(names.map(() => null));
    expect(judge()).toEqual(names.map((scheduler, i) => `tcp/10.0.0.1:${100 + i} ${scheduler} 0`).sort());
  });

  test('after close() it opens again by itself', async () => {
    await table.close();
    expect(await table.dump()).toEqual([]);
  });
});

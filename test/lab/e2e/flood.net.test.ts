import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repo } from '../anchor.js';
import { Lab, type LabProcess } from '../lab.js';
import { until } from './pair.js';

const RATE = 100_000;
const SECONDS = 10;

const yaml = (priority: number): string => `
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      priority: ${priority}
      auth: { type: pass, pass: netology }
      virtual_addresses: [172.28.128.200/24]
`;

/** Resident memory of a process, in MiB. */
const resident = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Processor time of a process so far, in seconds (USER_HZ is 100 on every Linux that node runs on). */
const processor = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};

describe('a directord pair under 100,000 malformed and foreign packets a second', () => {
  let lab: Lab;
  let d1: LabProcess;
  beforeAll(async () => {
    lab = await Lab.up({
      name: 'flood',
      hosts: {
        d1: { eth1: '172.28.128.60/24' },
        d2: { eth1: '172.28.128.90/24' },
        bad: { eth1: '172.28.128.66/24' },
      },
    });
    d1 = await lab.host('d1').directord(yaml(100));
    await lab.host('d2').directord(yaml(50));
    await until(() => lab.host('d1').hasAddress('eth1', '172.28.128.200/24'), 20_000, 'd1 with the address');
  });
  afterAll(async () => {
    await lab?.down();
  });

  it('sends all its adverts, keeps mastership, and its memory stays flat', async () => {
    const capture = await lab.host('d2').tcpdump('eth1', 'proto 112 and src 172.28.128.60');
    const before = resident(d1.pid);
    const worked = processor(d1.pid);
    const flood = await lab
      .host('bad')
      .start([
        process.execPath,
        join(repo, 'test/lab/e2e/flood-worker.mjs'),
        'eth1',
        '172.28.128.66',
        String(RATE),
        String(SECONDS),
      ]);
    expect(await flood.exited, flood.output).toMatchObject({ status: 0 });
    const grown = resident(d1.pid) - before;
    const cpu = (processor(d1.pid) - worked) / SECONDS;
    const adverts = await capture.stop();
    const { perSecond } = JSON.parse(flood.stdout.trim().split('\n').at(-1) ?? '{}') as { perSecond: number };
    const gaps = adverts.slice(1).map((p, i) => (p.at - (adverts[i]?.at ?? 0)) / 1000);
    const late = Math.max(...gaps.map((gap) => gap - 1000));
    writeSync(
      1,
      `      ${perSecond} packets/s; ${adverts.length} adverts, latest ${late.toFixed(2)} ms; router ${(cpu * 100).toFixed(1)} % of a core, ${grown.toFixed(1)} MiB more\n`,
    );
    // How late, and at what rate, is for the benchmark to say: a machine that stands still is no fault of directord's.
    expect(perSecond).toBeGreaterThan(0.2 * RATE);
    expect(adverts.length).toBeGreaterThanOrEqual(SECONDS - 1);
    expect(grown).toBeLessThan(24);
    expect(await lab.host('d1').hasAddress('eth1', '172.28.128.200/24')).toBe(true);
    expect(await lab.host('d2').hasAddress('eth1', '172.28.128.200/24')).toBe(false);
  }, 60_000);

  it('counts what it dropped by kind, and says so once a kind in its log', async () => {
    const { stdout } = await lab.host('d1').directorctl(['status', '--json']);
    expect(JSON.parse(stdout).instances[0].state).toBe('master');
    const lines = d1.output.split('\n');
    for (const why of ['bad-checksum', 'bad-ttl', 'bad-version', 'bad-type', 'truncated', 'unknown-vrid']) {
      expect(
        lines.filter((line) => line.includes(`"drop":"${why}"`)),
        why,
      ).toHaveLength(1);
    }
    // The interface tells of another version for no router of ours, the instance of one for its own.
    expect(lines.filter((line) => line.includes('"condition":"bad-version"'))).toHaveLength(1);
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { check } from '../../src/config/check.js';
import { formatAdvice } from '../../src/core/ipvs/advice.js';
import { probeOf } from '../../src/director/probe-of.js';
import { startProbes } from '../../src/probe/probe.js';
import type { ProbeResult } from '../../src/probe/result.js';
import { judge } from '../../src/probe/script.js';
import { type Endpoint, parseEndpoint } from '../../src/values/endpoint.js';
import { HOST } from './matrix.js';

const place = mkdtempSync(join(tmpdir(), 'directord-script-'));
afterAll(() => rmSync(place, { recursive: true }));

const SERVER = parseEndpoint('[2001:db8::7]:8080') as Endpoint;
const probe = (command: readonly string[], more: object = {}) =>
  probeOf(SERVER, check.parse({ type: 'script', command, interval: '400ms', timeout: '400ms', ...more }), 'web');
const start = startProbes(HOST);
const run = (command: readonly string[], more: object = {}) =>
  new Promise<ProbeResult>((resolve) => start(probe(command, more), resolve));

describe('a script check', () => {
  it('is told service, address and port, in its arguments and in its environment', async () => {
    const arguments_ = await run([
      '/bin/sh',
      '-c',
      'echo "$@"; exit 1',
      '-',
      '{service}',
      '{address}:{port}',
      '{other}',
    ]);
    expect(arguments_.reason).toBe('exit code 1: web 2001:db8::7:8080 {other}');
    const environment = await run(['/bin/sh', '-c', 'env | grep DIRECTORD | sort; exit 1']);
    expect(environment.reason).toBe(
      'exit code 1: DIRECTORD_ADDRESS=2001:db8::7 DIRECTORD_PORT=8080 DIRECTORD_SERVER=[2001:db8::7]:8080 DIRECTORD_SERVICE=web',
    );
  });

  it('never runs in a shell: what stands in a name stays one argument', async () => {
    const odd = probeOf(SERVER, check.parse({ type: 'script', command: ['/bin/echo', '{service}'] }), '$(reboot); x');
    expect(odd).toMatchObject({ command: ['/bin/echo', '$(reboot); x'] });
  });

  it('with dynamic, sets the weight to two less than its exit status, as misc_dynamic does', () => {
    const said = (code: number, dynamic = true) => {
      const verdict = judge({ dynamic }, { kind: 'exit', code }, '');
      if (!verdict.ok) return verdict.reason;
      return verdict.found?.advice === undefined ? 'up' : formatAdvice(verdict.found.advice);
    };
    expect([0, 1, 2, 12, 255].map((code) => said(code))).toEqual([
      'up',
      'exit code 1',
      'weight 0',
      'weight 10',
      'weight 253',
    ]);
    expect([0, 1, 2, 12].map((code) => said(code, false))).toEqual([
      'up',
      'exit code 1',
      'exit code 2',
      'exit code 12',
    ]);
  });

  it('that cannot be started is not held against the server', async () => {
    expect(await run([join(place, 'none')])).toMatchObject({ ok: false, ours: true });
    expect((await run([join(place, 'none')])).reason).toContain('which does not exist');
    expect(await run(['/bin/true'], { user: 'nobody-of-that-name' })).toMatchObject({ ok: false, ours: true });
  });

  it('is never run twice at once: one that does not end is killed before the next, which fails', async () => {
    const pid = join(place, 'pid');
    const stubborn = probe(['/bin/sh', '-c', `echo $$ >${pid}; trap "" TERM; while :; do sleep 0.05; done`], {
      user: 'root',
    });
    const once = () => new Promise<ProbeResult>((resolve) => start(stubborn, resolve));
    expect((await once()).reason).toBe('timed out after 400ms');
    const first = readFileSync(pid, 'utf8').trim();
    expect((await once()).reason).toBe(`the run before (process ${first}) has not ended although it was killed`);
    await expect.poll(() => existsSync(`/proc/${first}`)).toBe(false);
    await sleep(20);
    expect((await once()).reason).toBe('timed out after 400ms');
    await once();
  });

  it('is killed, with its children, when it is cancelled', async () => {
    const pid = join(place, 'child');
    const cancel = start(probe(['/bin/sh', '-c', `sleep 60 & echo $! >${pid}; wait`], { user: 'root' }), () => {
      throw new Error('reported after it was cancelled');
    });
    await expect.poll(() => existsSync(pid) && readFileSync(pid, 'utf8').endsWith('\n')).toBe(true);
    cancel();
    const child = readFileSync(pid, 'utf8').trim();
    await expect
      .poll(() => !existsSync(`/proc/${child}`) || /\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8')))
      .toBe(true);
  });
});

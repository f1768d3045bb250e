import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { ScriptEnd } from '../../src/core/script/verdict.js';
import { bornOf, endLeft } from '../../src/director/notify-process.js';
import { startScript } from '../../src/director/script-process.js';
import { systemUsers } from '../../src/director/script-user.js';

let directory = '';
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function script(body: string): string {
  directory = mkdtempSync(join(tmpdir(), 'directord-notify-'));
  chmodSync(directory, 0o755);
  const path = join(directory, 'tell');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** Starts it; resolves with its process once there is one, and how it ends. */
async function started(body: string, environment: Record<string, string> = {}) {
  let ended: (end: ScriptEnd) => void = () => {};
  const end = new Promise<ScriptEnd>((resolve) => {
    ended = resolve;
  });
  const pid = await new Promise<number>((resolve) => {
    const settings = { command: [script(body)] as [string], user: null, environment };
    handle = startScript()(settings, (how) => ended(how), resolve);
  });
  return { pid, end, output: () => handle?.output() ?? '' };
}
let handle: ReturnType<ReturnType<typeof startScript>> | null = null;

// Root alone may own a script, so only root can make one to try.
describe.runIf(systemUsers.uid === 0)('the process of a notification', () => {
  it('sees its environment besides PATH and LANG, and nothing of ours', async () => {
    const { end, output } = await started('env | sort', { DIRECTORD_NAME: 'VI_1', DIRECTORD_REASON: 'a b; $HOME' });
    expect(await end).toEqual({ kind: 'exit', code: 0 });
    expect(output().trim().split('\n')).toEqual([
      'DIRECTORD_NAME=VI_1',
      'DIRECTORD_REASON=a b; $HOME',
      'LANG=C.UTF-8',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'PWD=/',
    ]);
  });

  it('is found again by its number and start time, ended with its group, and never another of its number', async () => {
    const { pid, end } = await started('sleep 60 & wait');
    const born = bornOf(pid);
    expect(born).toMatch(/^\d+$/);
    expect(readFileSync(`/proc/${pid}/stat`, 'latin1')).toContain(` ${born} `);
    expect(await endLeft({ pid, born: String(Number(born) - 1) })).toBe(false);
    expect(bornOf(pid)).toBe(born);
    expect(await endLeft({ pid, born: born ?? '' })).toBe(true);
    expect(await end).toEqual({ kind: 'signal', signal: 'SIGKILL' });
    expect(bornOf(pid)).toBeNull();
    expect(await endLeft({ pid, born: born ?? '' })).toBe(false);
  });

  it('has no start time where there is none', () => {
    expect(bornOf(2 ** 22 + 1)).toBeNull();
  });
});

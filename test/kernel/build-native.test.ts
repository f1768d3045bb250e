import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../..', import.meta.url));
let copy: string;

beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'directord-build-'));
  mkdirSync(join(copy, 'scripts'));
  cpSync(join(repository, 'scripts/build-native'), join(copy, 'scripts/build-native'));
  cpSync(join(repository, 'native'), join(copy, 'native'), {
    recursive: true,
    filter: (from) => !from.endsWith('/build'),
  });
});
afterEach(() => rmSync(copy, { recursive: true }));

function build(environment: Record<string, string> = {}): { status: number | null; stderr: string } {
  const { npm_config_nodedir: _, ...inherited } = process.env;
  return spawnSync(join(copy, 'scripts/build-native'), { env: { ...inherited, ...environment }, encoding: 'utf8' });
}
const builtAt = (): number => statSync(join(copy, 'native/build/directord.node')).mtimeMs;

describe('scripts/build-native', { timeout: 60_000 }, () => {
  it('builds, does nothing the second time, and builds again after a change', () => {
    expect(build()).toMatchObject({ status: 0, stderr: '' });
    const first = builtAt();
    expect(build().status).toBe(0);
    expect(builtAt()).toBe(first);
    const later = new Date(Date.now() + 5_000);
    utimesSync(join(copy, 'native/timer.c'), later, later);
    expect(build().status).toBe(0);
    expect(builtAt()).toBeGreaterThan(first);
  });

  it('says what to install when there are no headers, no compiler', () => {
    const headers = build({ npm_config_nodedir: '/nowhere' });
    expect(headers.status).toBe(1);
    expect(headers.stderr).toContain('no node_api.h and uv.h in /nowhere/include/node');
    const compiler = build({ CC: 'no-such-cc' });
    expect(compiler.status).toBe(1);
    expect(compiler.stderr).toContain('no C compiler (no-such-cc)');
  });

  it('leaves no half a file behind when it fails', () => {
    writeFileSync(join(copy, 'native/timer.c'), 'this is not C');
    expect(build().status).not.toBe(0);
    expect(() => builtAt()).toThrow('ENOENT');
  });
});

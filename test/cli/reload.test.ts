import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.js';
import { served } from '../control/fake-service.js';
import { NOW } from './reports.js';

/** Runs `directorctl` as typed. */
async function typed(...args: string[]) {
  const out = { stdout: '', stderr: '' };
  const exit = await main(
    args,
    {
      stdout: { write: (text: string) => (out.stdout += text) },
      stderr: { write: (text: string) => (out.stderr += text) },
      terminal: false,
      columns: undefined,
      environment: {},
      now: () => NOW,
      onStop: () => () => {},
    },
    '9.9.9',
  );
  return { exit, ...out };
}

const CHANGE = {
  change: 'remove',
  subject: 'server',
  name: '10.0.0.13:80',
  of: 'web',
  details: ['weight 1'],
  text: '- server 10.0.0.13:80 in web (weight 1)',
} as const;

describe('directorctl reload', () => {
  it('prints the plan with --dry-run, and what was done without', async () => {
    const { path, service } = await served();
    service.reloading = {
      ...service.reloading,
      summary: '1 server removed',
      changes: [CHANGE],
      warnings: ['f:1:1: hm'],
    };
    expect(await typed('reload', '--dry-run', '--socket', path)).toEqual({
      exit: 0,
      stderr: '',
      stdout: 'warning: f:1:1: hm\n- server 10.0.0.13:80 in web (weight 1)\nWould do: 1 server removed.\n',
    });
    const done = await typed('reload', '--socket', path);
    expect(done).toMatchObject({ exit: 0, stdout: expect.stringContaining('Done: 1 server removed.\n') });
  });

  it('says that there is nothing to change', async () => {
    const { path } = await served();
    expect(await typed('reload', '--socket', path)).toEqual({ exit: 0, stderr: '', stdout: 'Nothing to change.\n' });
  });

  it('prints the changes with --json as they come', async () => {
    const { path, service } = await served();
    service.reloading = { ...service.reloading, changes: [CHANGE] };
    const { exit, stdout } = await typed('reload', '--json', '--socket', path);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ ...service.reloading, applied: true });
  });

  it('names all that is wrong with the file, each on a line, and ends with 1', async () => {
    const { path, service } = await served();
    service.wrong = ['no unit', 'no port'];
    expect(await typed('reload', '--socket', path)).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'd.yaml:1:1: no unit\nd.yaml:1:1: no port\ndirectorctl: nothing was changed\n',
    });
    const json = await typed('reload', '--json', '--socket', path);
    expect(json.exit).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({
      code: 'invalid',
      problems: ['d.yaml:1:1: no unit', 'd.yaml:1:1: no port'],
    });
  });

  it('ends with 1 where the kernel does not take all of it', async () => {
    const { path, service } = await served();
    service.reloading = { ...service.reloading, changes: [CHANGE], problems: ['no such scheduler'] };
    const { exit, stderr } = await typed('reload', '--socket', path);
    expect(exit).toBe(1);
    expect(stderr).toBe("directorctl: applied, but the kernel's table is not as it should be yet: no such scheduler\n");
  });
});

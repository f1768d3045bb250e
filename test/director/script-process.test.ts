import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OUTPUT_LIMIT, type ScriptEnd } from '../../src/core/script/verdict.js';
import { type ScriptHandle, startScript } from '../../src/director/script-process.js';
import { passwdEntry, systemUsers, type Users, userFor } from '../../src/director/script-user.js';
import { native } from '../../src/kernel/native.js';

const isRoot = systemUsers.uid === 0;
let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'directord-scripts-'));
  await chmod(directory, 0o755);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Writes a script of /bin/sh. @returns its path. */
async function script(body: string, mode = 0o755): Promise<string> {
  const path = join(directory, 'check');
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, mode);
  return path;
}

interface Ran {
  readonly end: ScriptEnd;
  readonly output: string;
}

function run(
  command: readonly [string, ...string[]],
  options: { user?: string | null; users?: Users; during?: (handle: ScriptHandle) => void } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const settings = { command, user: options.user ?? null };
    const handle = startScript(options.users)(settings, (end) => resolve({ end, output: handle.output() }));
    options.during?.(handle);
  });
}

/** A process that has ended and waits for whoever adopted it is not alive. */
const alive = (pid: number): boolean => {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

// Root alone may own a script, so only root can make one to try.
describe.runIf(isRoot)('running a track script', () => {
  it('tells exit codes and signals apart', async () => {
    expect((await run(['/bin/true'])).end).toEqual({ kind: 'exit', code: 0 });
    expect((await run([await script('exit 7')])).end).toEqual({ kind: 'exit', code: 7 });
    expect((await run([await script('kill -SEGV $$')])).end).toEqual({ kind: 'signal', signal: 'SIGSEGV' });
  });

  it('hands the arguments over as they are: no shell', async () => {
    const path = await script('for a in "$@"; do echo "<$a>"; done');
    const { output } = await run([path, '$HOME; reboot', '', 'a b', '`id`']);
    expect(output).toBe('<$HOME; reboot>\n<>\n<a b>\n<`id`>\n');
  });

  it('gives it descriptors 0, 1 and 2 and no other, / as its directory, and PATH and LANG alone', async () => {
    const held = await open('/etc/passwd');
    // What this process has inherited itself, as the director does at its start.
    native.closeOnExecAll();
    const { output } = await run([await script('readlink /proc/$$/fd/0; pwd; env | sort')]);
    expect(output.trim().split('\n')).toEqual([
      '/dev/null',
      '/',
      'LANG=C.UTF-8',
      expect.stringMatching(/^PATH=/),
      'PWD=/',
    ]);
    // Not by a shell, which holds its script open. The 3 is the directory that ls itself reads.
    const fds = await run(['/bin/ls', '/proc/self/fd']);
    await held.close();
    expect(fds.output.trim().split('\n')).toEqual(['0', '1', '2', '3']);
  });

  it('runs it as an unprivileged user without groups and capabilities', async () => {
    const { output } = await run(['/bin/cat', '/proc/self/status']);
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(output)?.[1]?.trim();
    const nobody = await userFor(null, systemUsers);
    if (typeof nobody === 'string') throw new Error(nobody);
    expect(field('Uid')?.split('\t')).toEqual(Array(4).fill(`${nobody.uid}`));
    expect(field('Gid')?.split('\t')).toEqual(Array(4).fill(`${nobody.gid}`));
    expect(field('Groups')).toBe('');
    expect(Number.parseInt(field('CapEff') ?? 'ff', 16)).toBe(0);
    expect(Number.parseInt(field('CapPrm') ?? 'ff', 16)).toBe(0);
  });

  it('runs it as the user that is asked for', async () => {
    expect((await run(['/usr/bin/id', '-un'], { user: 'root' })).output.trim()).toBe('root');
    expect((await run(['/usr/bin/id', '-un'], { user: 'daemon' })).output.trim()).toBe('daemon');
  });

  it('keeps 1 KiB of its output and lets it write on', async () => {
    const { end, output } = await run([
      await script('i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done'),
    ]);
    expect(end).toEqual({ kind: 'exit', code: 0 });
    expect(output).toHaveLength(OUTPUT_LIMIT);
  });

  it('does not wait for a process that the script left behind with its pipes', async () => {
    const started = performance.now();
    const { end, output } = await run([await script('sleep 5 & echo $!; exit 0')]);
    expect(end).toEqual({ kind: 'exit', code: 0 });
    expect(performance.now() - started).toBeLessThan(4_500);
    expect(alive(Number(output))).toBe(true);
    process.kill(Number(output), 'SIGKILL');
  });

  it('ends grandchildren that ignore SIGTERM with the group', async () => {
    const path = await script('trap "" TERM\n(trap "" TERM; sleep 30 & echo $! $$; wait) &\nwait');
    let pids: number[] = [];
    const { end } = await run([path], {
      during: async (handle) => {
        while (handle.output() === '') await sleep(5);
        pids = handle.output().trim().split(' ').map(Number);
        handle.terminate();
        await sleep(50);
        expect(pids.every(alive)).toBe(true);
        handle.kill();
      },
    });
    expect(end).toEqual({ kind: 'signal', signal: 'SIGKILL' });
    expect(pids).toHaveLength(2);
    await expect.poll(() => pids.some(alive)).toBe(false);
  });

  it('does not start what was told to end before it began', async () => {
    const mark = join(directory, 'ran');
    const { end } = await run([await script(`touch ${mark}`)], { during: (handle) => handle.kill() });
    expect(end.kind).toBe('refused');
    await expect(readFile(mark)).rejects.toThrow('ENOENT');
  });
});

describe.runIf(isRoot)('refusing a track script', () => {
  const why = async (command: readonly [string, ...string[]], options = {}) => {
    const { end } = await run(command, options);
    return end.kind === 'refused' ? end.why : end.kind;
  };

  it('that is not there', async () =>
    expect(await why(['/nonexistent/check'])).toBe(
      '/nonexistent/check, which does not exist; allowed: an executable file that root alone can change',
    ));

  it('that is not executable', async () =>
    expect(await why([await script('exit 0', 0o644)])).toContain('check, which is not executable'));

  it('that others can write', async () =>
    expect(await why([await script('exit 0', 0o757)])).toContain('check, which is writable by others than its owner'));

  it('that is a link to something that others can write', async () => {
    const link = join(directory, 'link');
    await symlink(await script('exit 0', 0o777), link);
    expect(await why([link])).toContain(`${link}, which is writable by others than its owner`);
  });

  it('that lies in a directory where others can replace it', async () => {
    const path = await script('exit 0');
    await chmod(directory, 0o777);
    expect(await why([path])).toContain(`which is in ${directory}, and that is writable by others`);
  });

  it('that became writable between two runs', async () => {
    const path = await script('exit 0');
    expect(await why([path])).toBe('exit');
    await chmod(path, 0o775);
    expect(await why([path])).toContain('which is writable by others than its owner');
  });

  it('that the user who runs it may not execute', async () =>
    expect(await why([await script('exit 0', 0o700)])).toMatch(
      /check cannot be started as user \w+: EACCES \(.*chmod a\+rx\)$/,
    ));

  it('whose interpreter is missing', async () => {
    const path = join(directory, 'check');
    await writeFile(path, '#!/nonexistent/interpreter\n');
    await chmod(path, 0o755);
    expect(await why([path])).toContain('ENOENT (the interpreter in its first line');
  });

  it('for a user that does not exist', async () =>
    expect(await why(['/bin/true'], { user: 'no-such-user' })).toBe(
      'user no-such-user does not exist: create it, or change `user`',
    ));

  it('for another user where this process is not root', async () => {
    const users: Users = { uid: 1_000, gid: 1_000, find: systemUsers.find };
    expect(await userFor('root', users)).toContain('cannot run as user root: directord runs as uid 1000');
    expect(await userFor(null, users)).toEqual({ uid: 1_000, gid: 1_000, name: '1000' });
  });

  it('where there is no unprivileged user at all', async () => {
    const users: Users = { uid: 0, gid: 0, find: async () => null };
    expect(await userFor(null, users)).toContain('create directord or nobody');
  });
});

it('reads users as passwd(5) has them', () => {
  const text = 'root:x:0:0:root:/root:/bin/bash\nbroken\nd:x:998:997::/:/bin/false\nbad:x:a:b:::\n';
  expect(passwdEntry(text, 'd')).toEqual({ uid: 998, gid: 997, name: 'd' });
  expect(passwdEntry(text, 'bad')).toBeNull();
  expect(passwdEntry(text, 'broken')).toBeNull();
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileVerdict } from '../../src/core/track/number.js';
import { KernelFiles } from '../../src/kernel/watched-file.js';
import { eventually } from './support/wait.js';

let folder = '';
let close = (): void => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'directord-file-'));
});
afterEach(() => {
  close();
  rmSync(folder, { recursive: true, force: true });
});

/** The numbers that were told of `path`, in order. */
function watch(path: string) {
  const values: (number | string | null)[] = [];
  const watched = new KernelFiles().watch(path, {
    seen: (seen) => {
      const { value = null, reason } = fileVerdict(seen);
      values.push(reason ?? value);
    },
    trouble: (why) => values.push(why),
  });
  close = () => watched.close();
  const shows = (value: number) =>
    eventually(
      () => values.at(-1) ?? null,
      (last) => last === value,
    );
  return { values, shows };
}

describe('a file with a number', () => {
  it('is told when it appears, is written, replaced and removed', async () => {
    const path = join(folder, 'load');
    const { values, shows } = watch(path);
    await shows(0);
    writeFileSync(path, '5\n');
    await shows(5);
    execFileSync('/bin/sh', ['-c', `echo 7 >${path}`]);
    await shows(7);
    writeFileSync(`${path}.new`, '-3');
    renameSync(`${path}.new`, path);
    await shows(-3);
    rmSync(path);
    await shows(0);
    // What emptied it for a moment was never told.
    expect(values).toEqual([0, 5, 7, -3, 0]);
  });

  it('is found in directories that come, go and come again', async () => {
    const path = join(folder, 'some', 'where', 'load');
    const { shows } = watch(path);
    await shows(0);
    for (const value of [1, 2]) {
      mkdirSync(join(folder, 'some', 'where'), { recursive: true });
      writeFileSync(path, String(value));
      await shows(value);
      rmSync(join(folder, 'some'), { recursive: true });
      await shows(0);
    }
  });

  it('is followed behind symbolic links, also when these are turned', async () => {
    for (const name of ['one', 'two']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'load'), name === 'one' ? '1' : '2');
    }
    symlinkSync('one', join(folder, 'now'));
    const { shows } = watch(join(folder, 'now', 'load'));
    await shows(1);
    writeFileSync(join(folder, 'one', 'load'), '11');
    await shows(11);
    symlinkSync('two', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'now'));
    await shows(2);
    writeFileSync(join(folder, 'two', 'load'), '22');
    await shows(22);
  });

  it('is never waited for when it is a pipe, and read no further than a number goes', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const { values } = watch(path);
    await eventually(
      () => values.at(-1),
      (last) => String(last).includes('no regular file'),
    );
    writeFileSync(`${path}.new`, '1'.repeat(1_000_000));
    renameSync(`${path}.new`, path);
    await eventually(
      () => values.at(-1),
      (last) => String(last).includes('more than 64 bytes'),
    );
  });
});

import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FifoHold } from '../../src/bin/fifo-hold.js';
import { openFifo } from '../../src/director/fifo-file.js';
import type { Log } from '../../src/values/log.js';

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    // The one that the folder was read by.
    return '';
  }
}

describe('the router’s hold of the FIFO of notifications', () => {
  let directory: string;
  let told: string[];
  const log: Log = { debug() {}, info() {}, warn: (_, text) => told.push(text), error: (_, text) => told.push(text) };
  const at = (name: string): string => join(directory, name);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'directord-hold-'));
    told = [];
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** What a director does: opens, tells, writes, and is gone. */
  const director = async (hold: FifoHold, path: string, line: string): Promise<void> => {
    const fifo = await openFifo(path);
    await hold.take(path, fifo.made);
    fifo.write(line);
    fifo.close();
  };
  const read = (path: string): string => {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(1_000);
    const n = readSync(fd, bytes);
    closeSync(fd);
    return bytes.toString('utf8', 0, n);
  };
  /** How many descriptors this process has of what is in the folder. */
  const descriptors = (): number =>
    readdirSync('/proc/self/fd').filter((fd) => targetOf(fd).startsWith(directory)).length;

  it('keeps lines that nobody has read beyond the director’s end, and removes at the end what it has made', async () => {
    const hold = await FifoHold.open(at('a'), log);
    await director(hold, at('a'), 'one\n');
    await director(hold, at('a'), 'two\n');
    expect(read(at('a'))).toBe('one\ntwo\n');
    hold.close();
    expect([existsSync(at('a')), told]).toEqual([false, []]);
  });

  it('follows another path: lets the old one go, removes it where it made it, and keeps the lines of the new one', async () => {
    const hold = await FifoHold.open(at('a'), log);
    hold.follow(at('b'));
    await expect.poll(() => existsSync(at('a'))).toBe(false);
    await director(hold, at('b'), 'new\n');
    expect(read(at('b'))).toBe('new\n');
    hold.close();
    expect([existsSync(at('b')), told]).toEqual([false, []]);
  });

  it('leaves one that was there before, whichever way it goes', async () => {
    for (const name of ['a', 'b']) await openFifo(at(name)).then((fifo) => fifo.close());
    const hold = await FifoHold.open(at('a'), log);
    hold.follow(at('b'));
    await director(hold, at('b'), 'new\n');
    hold.close();
    expect(readdirSync(directory).sort()).toEqual(['a', 'b']);
  });

  it('holds nothing where the file names none any more, and the first one that it names later', async () => {
    const hold = await FifoHold.open(at('a'), log);
    hold.follow(null);
    await expect.poll(() => existsSync(at('a'))).toBe(false);
    await expect.poll(descriptors).toBe(0);
    hold.follow(at('c'));
    await director(hold, at('c'), 'first\n');
    expect(read(at('c'))).toBe('first\n');
    hold.close();
    await expect.poll(descriptors).toBe(0);
  });

  it('takes none that comes too late, and what was made of it goes', async () => {
    const hold = await FifoHold.open(at('a'), log);
    hold.follow(at('b'));
    hold.follow(at('c'));
    await director(hold, at('b'), 'late\n');
    expect(existsSync(at('b'))).toBe(false);
    hold.close();
    await openFifo(at('c')).then((fifo) => fifo.close());
    await hold.take(at('c'), true);
    expect(existsSync(at('c'))).toBe(false);
    expect(told).toEqual([]);
  });

  it('takes the one that the director made anew because somebody had removed it', async () => {
    const hold = await FifoHold.open(at('a'), log);
    rmSync(at('a'));
    await director(hold, at('a'), 'anew\n');
    expect(read(at('a'))).toBe('anew\n');
    hold.close();
    expect([existsSync(at('a')), told]).toEqual([false, []]);
  });

  it('says what is no FIFO, or not there, and takes the next one all the same', async () => {
    writeFileSync(at('file'), '');
    const hold = await FifoHold.open(at('file'), log);
    await hold.take(at('file'), false);
    hold.follow(at('none'));
    await hold.take(at('none'), false);
    expect(told.slice(0, 2)).toEqual(
      Array(2).fill(`notify_fifo: ${at('file')} is no FIFO: remove it, or name another path`),
    );
    expect(told[2]).toMatch(/^notify_fifo: ENOENT/);
    hold.follow(at('b'));
    await director(hold, at('b'), 'well\n');
    expect(read(at('b'))).toBe('well\n');
    hold.close();
  });
});

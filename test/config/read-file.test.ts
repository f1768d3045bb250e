import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { edited } from '../../src/config/edit.js';
import { readEdit, readText } from '../../src/config/read-file.js';

const folder = mkdtempSync(join(tmpdir(), 'directord-read-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Uint8Array): string {
  writeFileSync(join(folder, 'file.yaml'), content);
  return join(folder, 'file.yaml');
}

describe('a file', () => {
  it('is read whole that has more bytes than it is said to have', () => {
    // Files of /proc are said to have none.
    expect(statSync('/proc/version').size).toBe(0);
    const text = readFileSync('/proc/version', 'utf8');
    expect(readText('/proc/version')).toEqual({ text });
    expect(readEdit('/proc/version', Buffer.from('Linux of old'))).toEqual({
      edit: { head: 6, middle: Buffer.from(text.slice(6)), tail: 0 },
    });
  });

  it('is read as it is that is not only ASCII, and without the byte order mark before it', () => {
    expect(readText(file('# für 北京\n'))).toEqual({ text: '# für 北京\n' });
    expect(readText(file('\ufeff# für\n'))).toEqual({ text: '# für\n' });
    expect(readText(file('\ufeffplain\n'))).toEqual({ text: 'plain\n' });
  });

  it('is told to be no text, too large, no file, or not there', () => {
    expect(readText(file(Buffer.from([0x66, 0xfc])))).toMatchObject({
      why: expect.stringContaining('no text in UTF-8'),
    });
    const large = file(Buffer.alloc(1024 * 1024 + 1, 'x'));
    for (const read of [readText, (path: string) => readEdit(path, Buffer.from('x'))]) {
      expect(read(large)).toMatchObject({ why: expect.stringContaining('larger than 1 MiB') });
      expect(read(folder)).toMatchObject({ why: expect.stringContaining('no regular file') });
      expect(read(join(folder, 'none'))).toEqual({ why: 'cannot be read: no such file' });
    }
  });
});

describe('what differs in a file', () => {
  const before = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(''));
  const replaced = (at: number, length: number, by: string): Buffer =>
    Buffer.concat([before.subarray(0, at), Buffer.from(by), before.subarray(at + length)]);

  it('is found wherever it is: at the ends, in the middle, at the bounds of a piece, in several places', () => {
    const bounds = [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, before.length - 65_536, before.length - 1];
    for (const at of [...bounds, before.length]) {
      for (const [length, by] of [
        [0, ''],
        [0, 'new\n'],
        [1, ''],
        [5, 'other'],
        [70_000, ''],
        [0, 'x'.repeat(70_000)],
      ] as const) {
        const now = replaced(at, length, by);
        const found = readEdit(file(now), before);
        if ('why' in found) throw new Error(found.why);
        expect(edited(before, found.edit).equals(now)).toBe(true);
        expect(found.edit.middle.length).toBeLessThanOrEqual(by.length + 1);
      }
    }
  });

  it('is all of it where nothing is the same, and nothing where all is', () => {
    expect(readEdit(file('other'), before)).toMatchObject({ edit: { head: 0, middle: Buffer.from('other') } });
    expect(readEdit(file(before), before)).toEqual({ edit: { head: before.length, middle: Buffer.alloc(0), tail: 0 } });
    expect(readEdit(file(''), before)).toEqual({ edit: { head: 0, middle: Buffer.alloc(0), tail: 0 } });
  });

  it('is read again beside what is read then', () => {
    const path = file(before);
    appendFileSync(path, 'more\n');
    expect(readEdit(path, before)).toMatchObject({ edit: { head: before.length, middle: Buffer.from('more\n') } });
  });
});

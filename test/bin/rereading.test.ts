import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { packRunning, unpackRunning, unpackText } from '../../src/bin/packed.js';
import { Rereading } from '../../src/bin/rereading.js';
import { parseConfig } from '../../src/config/load.js';

const folder = mkdtempSync(join(tmpdir(), 'directord-reread-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'directord.yaml');

const textOf = (ports: readonly number[], more = ''): string =>
  `${more}ipvs:\n  services:\n${ports
    .map((port) => `    - { name: s${port}, address: 10.0.0.1:${port}, servers: [{ address: 10.1.0.1:${port} }] }\n`)
    .join('')}`;

function configOf(text: string) {
  const loaded = parseConfig(text, file, 'host');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

const begun = (text: string): Rereading =>
  new Rereading(packRunning({ config: configOf(text), file }, Buffer.from(text)), 'host');

function read(rereading: Rereading, text: string | Uint8Array) {
  writeFileSync(file, text);
  const { found, whole } = rereading.read();
  if (!found.ok) return { whole, problems: found.problems.map(({ message }) => message) };
  const { blob, kept, aside } = found;
  return {
    whole,
    aside,
    kept,
    config: unpackRunning(blob).config,
    text: unpackText(blob).toString(),
  };
}

it('reads what is new of a file, and goes on from what was accepted, and from nothing else', () => {
  const [first, second, third] = [textOf([1, 2, 3]), textOf([1, 3]), textOf([1, 3, 4])];
  const rereading = begun(first);
  const fewer = { whole: false, aside: true, kept: [null, 2], config: configOf(second), text: second };
  expect(read(rereading, second)).toEqual(fewer);
  // It was looked at only.
  expect(read(rereading, second)).toEqual(fewer);
  rereading.accepted();
  rereading.accepted();
  // The lines of the last service end otherwise than they did.
  const more = { whole: false, aside: true, kept: [0, null, null], config: configOf(third), text: third };
  expect(read(rereading, third)).toEqual(more);
  rereading.accepted();
  expect(read(rereading, first)).toMatchObject({ config: configOf(first), text: first });
});

it('stays with what runs when a file is wrong, not there, no text, or refused', () => {
  const text = textOf([1, 2, 3]);
  const rereading = begun(text);
  expect(read(rereading, text.replace('s2', 's1'))).toMatchObject({
    whole: true,
    problems: [expect.stringContaining('s1')],
  });
  rereading.accepted();
  expect(read(rereading, Buffer.from([0xfc]))).toMatchObject({ problems: [expect.stringContaining('UTF-8')] });
  rmSync(file);
  expect(rereading.read()).toMatchObject({
    found: { ok: false, problems: [{ message: 'cannot be read: no such file' }] },
    whole: false,
  });
  expect(read(rereading, text)).toMatchObject({ whole: false, text });
});

it('reads all of a file with a byte order mark, which is none of its text', () => {
  const text = textOf([1, 2]);
  const rereading = begun(text);
  expect(read(rereading, `\ufeff${text}`)).toMatchObject({ whole: true, text, aside: true });
  rereading.accepted();
  expect(read(rereading, text)).toMatchObject({ whole: false, text });
});

it('says when the router has something to do', () => {
  const text = textOf([1, 2]);
  const rereading = begun(text);
  expect(read(rereading, textOf([1, 2], 'log: { level: warn }\n'))).toMatchObject({ whole: false, aside: false });
  rereading.accepted();
  expect(read(rereading, textOf([1, 2, 3], 'log: { level: warn }\n'))).toMatchObject({ whole: false, aside: true });
});

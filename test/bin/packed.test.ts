import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packEdit, packRunning, unpackRunning, unpackText } from '../../src/bin/packed.js';
import { editOf } from '../../src/config/edit.js';
import { parseConfig } from '../../src/config/load.js';
import { known, reread } from '../../src/config/reread.js';

const textOf = (ports: readonly number[], level = 'info'): string =>
  `log: { level: ${level} }\nipvs:\n  services:\n${ports
    .map((port) => `    - { name: s${port}, address: 10.0.0.1:${port}, servers: [{ address: 10.1.0.1:${port} }] }\n`)
    .join('')}`;

function running(text: string) {
  const loaded = parseConfig(text, '/etc/a.yaml', 'host');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { config: loaded.config, file: '/etc/a.yaml', text };
}

function packed(text: string): Uint8Array {
  const { config, file } = running(text);
  return packRunning({ config, file }, Buffer.from(text));
}

const unpacked = (blob: Uint8Array) => ({ ...unpackRunning(blob), text: unpackText(blob).toString() });

/** What a reload makes of a blob. */
function edited(blob: Uint8Array, text: string): Uint8Array {
  const { config, file } = unpackRunning(blob);
  const base = known(unpackText(blob), config);
  const read = reread(editOf(base.text, Buffer.from(text)), file, base, 'host');
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return packEdit(blob, read);
}

const MANY = Array.from({ length: 100 }, (_, i) => 1_000 + i);

describe('a packed configuration', { timeout: 30_000 }, () => {
  it('says what was packed', () => {
    const text = textOf(MANY);
    expect(unpacked(packed(text))).toEqual(running(text));
  });

  it('grows by little for a small edit, and says what the edited file says', () => {
    const blob = packed(textOf(MANY));
    const fewer = textOf(MANY.filter((port) => port !== 1_050));
    const next = edited(blob, fewer);
    expect(unpacked(next)).toEqual(running(fewer));
    expect(next.length - blob.length).toBeLessThan(1_000);
    expect(Buffer.from(next).subarray(0, blob.length)).toEqual(Buffer.from(blob));
  });

  it('is packed anew before edits make it half as long again', () => {
    let blob = packed(textOf(MANY));
    const first = blob.length;
    for (let turn = 0; turn < 12; turn += 1) {
      const text = textOf(MANY.slice(turn % 7), turn % 2 === 0 ? 'info' : 'warn');
      blob = edited(blob, text);
      expect(blob.length).toBeLessThan(first * 1.6);
      expect(unpacked(blob)).toEqual(running(text));
    }
  });

  it('says what the last of a row of edits says, whatever they were (15 rows)', () => {
    const file = fc.tuple(
      fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      fc.constantFrom('info', 'warn'),
    );
    fc.assert(
      fc.property(fc.array(file, { minLength: 2, maxLength: 5 }), (files) => {
        const [first = '', ...more] = files.map(([ports, level]) => textOf(ports, level));
        let blob = packed(first);
        for (const text of more) {
          blob = edited(blob, text);
          expect(unpacked(blob)).toEqual(running(text));
        }
      }),
      { numRuns: 15 },
    );
  });
});

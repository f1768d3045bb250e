import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packEdit, packRunning, type RunningConfig, unpackRunning } from '../../src/bin/packed.js';
import { parseConfig } from '../../src/config/load.js';
import { known, reread } from '../../src/config/reread.js';

const textOf = (ports: readonly number[], level = 'info'): string =>
  `log: { level: ${level} }\nipvs:\n  services:\n${ports
    .map((port) => `    - { name: s${port}, address: 10.0.0.1:${port}, servers: [{ address: 10.1.0.1:${port} }] }\n`)
    .join('')}`;

function running(text: string): RunningConfig {
  const loaded = parseConfig(text, '/etc/a.yaml', 'host');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { config: loaded.config, file: '/etc/a.yaml', text };
}

/** What a reload makes of a blob. */
function edited(blob: Uint8Array, text: string): Uint8Array {
  const before = unpackRunning(blob);
  const { result, kept } = reread(text, before.file, known(before), 'host');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const services = result.config.ipvs.services.filter((_, i) => kept[i] === null);
  const config = { ...result.config, ipvs: { ...result.config.ipvs, services } };
  return packEdit(blob, before, { config, kept, text });
}

const MANY = Array.from({ length: 100 }, (_, i) => 1_000 + i);

describe('a packed configuration', { timeout: 30_000 }, () => {
  it('says what was packed', () => {
    const whole = running(textOf(MANY));
    expect(unpackRunning(packRunning(whole))).toEqual(whole);
  });

  it('grows by little for a small edit, and says what the edited file says', () => {
    const blob = packRunning(running(textOf(MANY)));
    const fewer = textOf(MANY.filter((port) => port !== 1_050));
    const next = edited(blob, fewer);
    expect(unpackRunning(next)).toEqual(running(fewer));
    expect(next.length - blob.length).toBeLessThan(1_000);
    expect(Buffer.from(next).subarray(0, blob.length)).toEqual(Buffer.from(blob));
  });

  it('is packed anew before edits make it half as long again', () => {
    let blob = packRunning(running(textOf(MANY)));
    const first = blob.length;
    for (let turn = 0; turn < 12; turn += 1) {
      const text = textOf(MANY.slice(turn % 7), turn % 2 === 0 ? 'info' : 'warn');
      blob = edited(blob, text);
      expect(blob.length).toBeLessThan(first * 1.6);
      expect(unpackRunning(blob)).toEqual(running(text));
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
        let blob = packRunning(running(first));
        for (const text of more) {
          blob = edited(blob, text);
          expect(unpackRunning(blob)).toEqual(running(text));
        }
      }),
      { numRuns: 15 },
    );
  });
});

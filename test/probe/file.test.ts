import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { formatAdvice } from '../../src/core/ipvs/advice.js';
import { judgeText } from '../../src/probe/file.js';
import type { Ip } from '../../src/values/ip.js';
import { attemptOf, TIMEOUT } from './matrix.js';

const place = mkdtempSync(join(tmpdir(), 'directord-file-'));
const path = join(place, 'web');
afterAll(() => rmSync(place, { recursive: true }));

describe('a file check', () => {
  beforeEach(() => rmSync(path, { force: true, recursive: true }));

  /** What a check of the file says: `up`, the advice with it, or the reason. */
  const said = async (settings: object = {}) => {
    const target = { address: '192.0.2.7' as Ip, port: 0 };
    const { ok, reason, ours, found } = await attemptOf({ type: 'file', path, ...settings }, target);
    const advice = found?.advice === undefined ? '' : ` (${formatAdvice(found.advice)})`;
    return ok ? `up${advice}` : `${ours ? 'ours: ' : ''}${reason?.replaceAll(path, 'FILE')}`;
  };

  it('adds a number, times its weight, to the configured weight', async () => {
    writeFileSync(path, '7\n');
    expect(await said()).toBe('up (ready, weight +7)');
    expect(await said({ weight: 10 })).toBe('up (ready, weight +70)');
    expect(await said({ weight: 10, reverse: true })).toBe('up (ready, weight -70)');
    expect(await said({ weight: -65_535 })).toBe('the number 7 takes all of the weight');
  });

  it('with weight 0 takes any other number than 0 as down, or the other way round', async () => {
    writeFileSync(path, '3');
    expect(await said({ weight: 0 })).toBe('the number is 3');
    expect(await said({ weight: 0, reverse: true })).toBe('up (ready, weight +0)');
    writeFileSync(path, '0');
    expect(await said({ weight: 0 })).toBe('up (ready, weight +0)');
    expect(await said({ weight: 0, reverse: true })).toBe('the number is 0');
  });

  it('takes the words of an agent, and gives a reason', async () => {
    const words: [string, string][] = [
      ['up', 'up (ready, weight +0)'],
      ['75%', 'up (ready, 75%)'],
      ['drain', 'up (drain, weight +0)'],
      ['down # disk full', 'down (disk full)'],
      ['maint', 'maint'],
      ['up sideways', 'FILE has a word that says nothing: sideways'],
      ['weill', 'FILE has a line without a word of an agent: weill'],
      [
        '9999999999999',
        'FILE: counts as 0: it has "9999999999999"; allowed: a whole number from -2147483648 to 2147483647',
      ],
      ['1.5', 'FILE: counts as 0: it has "1.5"; allowed: a whole number from -2147483648 to 2147483647'],
    ];
    for (const [text, expected] of words) {
      writeFileSync(path, `${text}\nmore\n`);
      expect([text, await said()]).toEqual([text, expected]);
    }
  });

  it('is up where the file is not there, or down where that is asked for', async () => {
    expect(await said()).toBe('up (ready, weight +0)');
    expect(await said({ missing: 'down' })).toBe('FILE is not there');
    symlinkSync(join(place, 'nowhere'), path);
    expect(await said({ missing: 'down' })).toBe('FILE is not there');
    unlinkSync(path);
  });

  it('waits for whoever has just emptied the file, within the timeout', async () => {
    writeFileSync(path, '');
    setTimeout(() => writeFileSync(path, 'up'), TIMEOUT / 3);
    expect(await said()).toBe('up (ready, weight +0)');
    writeFileSync(path, ' \n');
    expect(await said()).toBe('FILE is empty');
  });

  it('reads no more than it must of an endless file, and waits for no device', async () => {
    writeFileSync(path, '1'.repeat(1_000_000));
    expect(await said()).toBe('FILE has more than 1024 bytes');
    expect(await said({ path: '/dev/zero' })).toBe('ours: /dev/zero is no regular file');
    expect(await said({ path: place })).toBe(`ours: ${place} is no regular file`);
  });

  it('never leaves the range of weights', () => {
    const verdict = judgeText({ path, weight: 65_535, reverse: false }, '2147483647');
    expect(verdict.ok && formatAdvice(verdict.found?.advice ?? { works: null, mode: null, weight: null })).toBe(
      'ready, weight +65535',
    );
  });
});

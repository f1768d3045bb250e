import { describe, expect, it } from 'vitest';
import { renderCounts, renderEvent, renderRows } from '../../src/cli/rows-view.js';
import { plain } from '../../src/cli/table.js';
import { formatAge, formatByteRate, formatMillis, formatSince, shorten, toJson, wrap } from '../../src/cli/text.js';
import { event, row } from '../control/fake-service.js';

describe('numbers for people', () => {
  it('writes ages by their two largest units', () => {
    const s = 1000;
    const ages = [0, 999, 59 * s, 192 * s, 3599 * s, 18_420 * s, 86_400 * s, 273_700 * s];
    expect(ages.map(formatAge)).toEqual(['0s', '0s', '59s', '3m12s', '59m59s', '5h07m', '1d0h', '3d4h']);
    expect(formatAge(-5000)).toBe('0s');
    expect(formatSince('not a time', 0)).toBe('-');
  });

  it('writes milliseconds and rates shortly', () => {
    expect([0.04, 0.42, 9.96, 12.4, 999, 1500].map(formatMillis)).toEqual([
      '0.0ms',
      '0.4ms',
      '10.0ms',
      '12ms',
      '999ms',
      '1.5s',
    ]);
    expect([0, 950, 12_345, 1_200_000, 5e9].map(formatByteRate)).toEqual([
      '0B/s',
      '950B/s',
      '12.3kB/s',
      '1.2MB/s',
      '5.0GB/s',
    ]);
  });

  it('cuts and wraps', () => {
    expect([shorten('abc', 3), shorten('abcd', 3), shorten('abcd', 0)]).toEqual(['abc', 'ab~', '']);
    expect(wrap('a bb ccc dddd', 4)).toEqual(['a bb', 'ccc', 'dddd']);
    expect(wrap('http://a-long-word/ b', 4)).toEqual(['http://a-long-word/', 'b']);
  });

  it('writes JSON that stays JSON and steers no terminal', () => {
    const value = { reason: '\u001b[2J\u009b2J\u202e\n', ok: ['ü', '😀'] };
    for (const pretty of [false, true]) {
      const text = toJson(value, pretty);
      expect(JSON.parse(text)).toEqual(value);
      expect(/[\u007f-\u009f\u202e]/.test(text)).toBe(false);
      expect(text).toContain('😀');
    }
  });
});

describe('rows and events', () => {
  it('shows the rows that a verb touched under what was done', () => {
    const rows = [
      row({ activeConnections: 3, inactiveConnections: 25 }),
      row({ service: 'tls', effectiveWeight: null }),
    ];
    expect(`\n${renderRows('Drained.', rows, plain)}`).toBe(`
Drained.
  SERVICE  SERVER             W/EFF  ADMIN  ACTIVE  INACT  PERSISTENT
  web      172.28.128.110:80    1/0  drain       3     25           0
  tls      172.28.128.110:80    1/-  drain       0      0           0
`);
  });

  it('counts down over all rows', () => {
    const one = row({ activeConnections: 3, persistentConnections: 1, inactiveConnections: 25 });
    expect(renderCounts([one], 12_000)).toBe('   12s  3 active, 1 persistent, 25 inactive');
    expect(renderCounts([one, one], 192_000)).toBe(' 3m12s  6 active, 2 persistent, 50 inactive in 2 services');
  });

  it('writes one line an event', () => {
    expect(renderEvent(event(1), plain)).toBe('2026-01-01T00:00:00.000Z  server    web 172.28.128.110:80  down');
    const why = event(2, { subject: 'instance', name: 'VI_1', what: 'master', reason: 'no advert\nfor 3.6s' });
    expect(renderEvent(why, plain)).toBe('2026-01-01T00:00:00.000Z  instance  VI_1  master  no advert?for 3.6s');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Census } from '../../../src/core/track/census.js';
import { fileVerdict } from '../../../src/core/track/number.js';
import { isMeant, type ProcessFacts } from '../../../src/core/track/process.js';
import { type Member, quorumVerdict } from '../../../src/core/track/quorum.js';

describe('the number of a tracked file', () => {
  const of = (text: string) => fileVerdict({ kind: 'text', text });

  it('is a whole number with white space around it, and 0 where there is no file', () => {
    expect(of(' -12\n')).toEqual({ up: false, reason: null, value: -12 });
    expect(of('+7')).toMatchObject({ value: 7 });
    expect(Object.is(of('-0').value, 0)).toBe(true);
    expect(fileVerdict({ kind: 'missing' })).toEqual({ up: true, reason: null, value: 0 });
  });

  it('says in one line what else is there, and counts it as 0', () => {
    const allowed = 'allowed: a whole number from -2147483648 to 2147483647';
    expect(of('abc\u001b[2J')).toEqual({
      up: true,
      value: 0,
      reason: `counts as 0: it has "abc\\u001b[2J"; ${allowed}`,
    });
    expect(of('').reason).toBe(`counts as 0: it is empty; ${allowed}`);
    expect(of('1.5').reason).toContain('it has "1.5"');
    expect(of('2147483648').reason).toContain('it has "2147483648"');
    expect(of('9'.repeat(65)).reason).toContain('more than 64 bytes');
    expect(fileVerdict({ kind: 'unreadable', why: 'EACCES' }).reason).toBe('counts as 0: it cannot be read: EACCES');
  });

  it('is bounded and in one line, whatever is in the file', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 70 }), (text) => {
        const { value, reason } = of(text);
        expect(Number.isInteger(value)).toBe(true);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        expect(reason ?? '').not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        expect((reason ?? '').length).toBeLessThan(250);
      }),
    );
  });
});

describe('the process that is meant', () => {
  const facts = (over: Partial<ProcessFacts>): ProcessFacts => ({ comm: 'x', exe: null, argv0: null, ...over });

  it('has the name, or runs the program', () => {
    expect(isMeant('haproxy', facts({ comm: 'haproxy' }))).toBe(true);
    expect(isMeant('haproxy', facts({ comm: 'haproxy2' }))).toBe(false);
    expect(isMeant('/usr/sbin/haproxy', facts({ exe: '/usr/sbin/haproxy' }))).toBe(true);
    expect(isMeant('/usr/sbin/haproxy', facts({ comm: 'haproxy', exe: '/opt/haproxy' }))).toBe(false);
  });

  it('is the same after its file was replaced by an upgrade, and where its file is hidden from us', () => {
    expect(isMeant('/usr/sbin/haproxy', facts({ exe: '/usr/sbin/haproxy (deleted)' }))).toBe(true);
    expect(isMeant('/usr/sbin/haproxy', facts({ argv0: '/usr/sbin/haproxy' }))).toBe(true);
    expect(isMeant('/usr/sbin/haproxy', facts({ exe: '/bin/sh', argv0: '/usr/sbin/haproxy' }))).toBe(false);
  });

  it('is known by more than the 15 bytes that the kernel keeps of its name', () => {
    const long = facts({ comm: 'prometheus-node', exe: '/usr/bin/prometheus-node-exporter' });
    expect(isMeant('prometheus-node-exporter', long)).toBe(true);
    expect(isMeant('prometheus-node-importer', long)).toBe(false);
    expect(isMeant('prometheus-node', long)).toBe(true);
  });
});

describe('the count of living processes', () => {
  it('is that of the last sight of each, for every history', () => {
    const names = ['a', 'b'];
    const sight = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.constantFrom('a', 'b', 'c', null));
    fc.assert(
      fc.property(fc.array(sight), (sights) => {
        const census = new Census(names);
        const last = new Map<number, string | null>();
        for (const [pid, comm] of sights) {
          const before = census.counts.join();
          const changed = census.see(pid, comm === null ? null : { comm, exe: null, argv0: null });
          last.set(pid, comm);
          expect(census.counts).toEqual(names.map((n) => [...last.values()].filter((v) => v === n).length));
          if (census.counts.join() !== before) expect(changed).toBe(true);
        }
        expect(census.pids.length).toBe([...last.values()].filter((v) => v === 'a' || v === 'b').length);
      }),
    );
  });
});

describe('one verdict of several scripts', () => {
  const member = (name: string, good: boolean | null, reverse = false): Member => ({
    name,
    reverse,
    verdict: good === null ? null : { up: good !== reverse, reason: good ? null : 'exit code 1' },
  });

  it('is good when enough of them are, and says which are not', () => {
    const [a, b, c] = [member('a', true), member('b', false), member('c', true, true)];
    expect(quorumVerdict([a, b, c], 2)).toEqual({ up: true, reason: null });
    expect(quorumVerdict([a, b, c], 3)).toEqual({
      up: false,
      reason: '2 of 3 good, needs 3 (b failed: exit code 1)',
    });
  });

  it('is given as soon as those to come cannot change it', () => {
    expect(quorumVerdict([member('a', true), member('b', null)], 1)?.up).toBe(true);
    expect(quorumVerdict([member('a', true), member('b', null)], 2)).toBeNull();
    expect(quorumVerdict([member('a', false), member('b', null)], 2)?.up).toBe(false);
    const any = fc.array(fc.constantFrom<boolean | null>(true, false, null), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(any, fc.integer({ min: 1, max: 6 }), (list, need) => {
        const now = quorumVerdict(
          list.map((good, i) => member(String(i), good)),
          need,
        );
        for (const rest of [true, false]) {
          const later = quorumVerdict(
            list.map((good, i) => member(String(i), good ?? rest)),
            need,
          );
          expect(later).not.toBeNull();
          if (now !== null) expect(later?.up).toBe(now.up);
        }
      }),
    );
  });
});

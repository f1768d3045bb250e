import { describe, expect, it } from 'vitest';
import type { Tracked } from '../../src/core/track/verdict.js';
import { type Facts, judge } from '../../src/core/vrrp/conditions.js';
import { ME } from './vrrp-transcript.js';

const facts = (over: Partial<Facts> = {}): Facts => ({
  priority: 100,
  link: { name: 'eth1', state: 'up' },
  source: ME,
  tracks: [],
  refusal: null,
  held: [],
  ...over,
});

const script = (weight: number, up: boolean | null, reason: string | null = null): Tracked => ({
  kind: 'script',
  name: 'chk',
  weight,
  reverse: false,
  verdict: up === null ? null : { up, reason },
});

const interfaceIs = (name: string, words: string, weight = 0): Tracked => ({
  kind: 'interface',
  name,
  weight,
  reverse: false,
  verdict: { up: false, reason: words },
});

describe('whether an instance may serve', () => {
  it('it may when nothing speaks against it', () => {
    expect(judge(facts())).toEqual({ kind: 'ready', priority: 100, source: ME, reasons: [] });
  });

  it('a link that cannot carry a last advert is a silent fault, a tracked one is not silent', () => {
    for (const [state, words] of [
      ['down', 'is down'],
      ['no-carrier', 'has no carrier'],
      ['missing', 'does not exist'],
    ] as const) {
      const reasons = [`interface eth1 ${words}`];
      expect(judge(facts({ link: { name: 'eth1', state } }))).toEqual({ kind: 'fault', silent: true, reasons });
      const tracked = judge(facts({ tracks: [interfaceIs('eth2', words)] }));
      expect(tracked).toEqual({ kind: 'fault', silent: false, reasons: [`interface eth2 ${words}`] });
    }
  });

  it('an interface that is also tracked is named once, and every reason is given', () => {
    const down = { name: 'eth1', state: 'down' } as const;
    const verdict = judge(facts({ link: down, tracks: [interfaceIs('eth1', 'is down'), script(0, false, 'exit 3')] }));
    expect(verdict.reasons).toEqual(['interface eth1 is down', 'script chk failed: exit 3']);
  });

  it('3: without an address of its own on the interface it cannot send', () => {
    expect(judge(facts({ source: null })).kind).toBe('fault');
  });

  it('a refusal of the kernel and what holds it from outside are faults', () => {
    expect(judge(facts({ refusal: 'ENOBUFS' }))).toMatchObject({ kind: 'fault', reasons: ['ENOBUFS'] });
    expect(judge(facts({ held: ['no director'] }))).toMatchObject({ kind: 'fault', reasons: ['no director'] });
  });

  it('before the first verdict of each script it waits', () => {
    expect(judge(facts({ tracks: [script(20, null)] })).kind).toBe('pending');
    expect(judge(facts({ tracks: [script(0, true), script(0, null)] })).kind).toBe('pending');
  });

  it('22: weights move the priority between 1 and 254', () => {
    const priority = (...tracks: Tracked[]) => {
      const verdict = judge(facts({ tracks }));
      return verdict.kind === 'ready' ? verdict.priority : verdict.kind;
    };
    expect(priority(script(20, true))).toBe(120);
    expect(priority(script(20, false))).toBe(100);
    expect(priority(script(-20, true))).toBe(100);
    expect(priority(script(-20, false))).toBe(80);
    expect(priority(script(253, true))).toBe(254);
    expect(priority(script(-253, false))).toBe(1);
    expect(priority(script(60, true), script(-50, false))).toBe(110);
    expect(priority(script(0, true))).toBe(100);
    expect(priority(script(0, false))).toBe('fault');
  });

  it('22: an owner stays 255 whatever its scripts weigh', () => {
    expect(judge(facts({ priority: 255, tracks: [script(-100, false)] }))).toMatchObject({ priority: 255 });
  });

  it('says why the priority is lower than it could be', () => {
    expect(judge(facts({ tracks: [script(-20, false, 'exit 1')] })).reasons).toEqual([
      'script chk failed: exit 1 (priority -20)',
    ]);
  });
});

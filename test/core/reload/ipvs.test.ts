import { describe, expect, it } from 'vitest';
import { differences, same } from '../../../src/core/reload/differences.js';
import { ipvsLines, pairServices, type ServicePart } from '../../../src/core/reload/ipvs.js';
import { formatLine, summarize } from '../../../src/core/reload/line.js';

const say = (_key: string, value: unknown): string => (value === null || value === undefined ? 'none' : String(value));

const server = (n: number, weight = 1, settings: object = {}) => ({
  id: `10.0.0.1${n}:80`,
  weight,
  settings,
  note: () => null,
});

const web: ServicePart = {
  ids: ['tcp/10.0.0.1:80'],
  name: 'web',
  settings: { scheduler: 'rr', check: { type: 'tcp', interval: 1 } },
  scheduler: 'rr',
  servers: [server(1), server(2, 2)],
};

const lines = (before: readonly ServicePart[], after: readonly ServicePart[]): string[] =>
  ipvsLines(before, after, say).map(formatLine);

describe('the differences of services', () => {
  it('are none of the same', () => {
    expect(lines([web], [{ ...web, servers: [...web.servers].reverse() }])).toEqual([]);
    expect(summarize([])).toBe('nothing to change');
  });

  it('are told one line each, new, gone and changed', () => {
    const after = {
      ...web,
      settings: { ...web.settings, scheduler: 'wrr' },
      servers: [server(2, 3), server(3)],
    };
    expect(lines([web], [after])).toEqual([
      '~ service web: scheduler rr -> wrr',
      '~ server 10.0.0.12:80 in web: weight 2 -> 3',
      '+ server 10.0.0.13:80 in web (weight 1)',
      '- server 10.0.0.11:80 in web (weight 1)',
    ]);
    expect(summarize(ipvsLines([web], [after], say))).toBe(
      '1 service changed, 1 server changed, 1 server added, 1 server removed',
    );
    expect(lines([], [web])).toEqual(['+ service web (tcp/10.0.0.1:80, rr, 2 servers)']);
    expect(lines([web], [])).toEqual(['- service web (tcp/10.0.0.1:80, rr, 2 servers)']);
  });

  it('go by protocol, address and port: another name is a change, another address another service', () => {
    expect(lines([web], [{ ...web, name: 'shop' }])).toEqual(['~ service shop: name web -> shop']);
    expect(lines([web], [{ ...web, ids: ['udp/10.0.0.1:80'] }])).toEqual([
      '+ service web (udp/10.0.0.1:80, rr, 2 servers)',
      '- service web (tcp/10.0.0.1:80, rr, 2 servers)',
    ]);
  });

  it('of a check that all servers share are told once, by the service', () => {
    const checked = (interval: number): ServicePart => {
      const check = { type: 'tcp', interval };
      return { ...web, settings: { check }, servers: [server(1, 1, { check }), server(2, 1, { check })] };
    };
    expect(lines([checked(1)], [checked(2)])).toEqual(['~ service web: check.interval 1 -> 2']);
  });

  it('of a group name the addresses that come and go', () => {
    const group = { ...web, ids: ['tcp/10.0.0.1:80', 'tcp/10.0.0.1:81'] };
    expect(lines([group], [{ ...web, ids: ['tcp/10.0.0.1:80', 'tcp/10.0.0.1:82'] }])).toEqual([
      '~ service web: address + tcp/10.0.0.1:82, address - tcp/10.0.0.1:81',
    ]);
  });

  it('pair a group by its first address before any other', () => {
    const [a, b] = [{ ids: ['1', '2'] }, { ids: ['3'] }];
    const [x, y] = [{ ids: ['2', '1'] }, { ids: ['3', '4'] }];
    expect(pairServices([a, b], [x, y])).toEqual([
      { before: a, after: x },
      { before: b, after: y },
    ]);
    // Two that were one: one of them goes on, the other is new.
    expect(pairServices([a], [{ ids: ['2'] }, { ids: ['1'] }])).toEqual([
      { before: null, after: { ids: ['2'] } },
      { before: a, after: { ids: ['1'] } },
    ]);
  });
});

describe('the differences of values', () => {
  it('name each key that differs, with its path', () => {
    expect(differences({ a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 3] }, d: 'new' }, say)).toEqual([
      'b.c 1,2 -> 1,3',
      'd none -> new',
    ]);
    expect(differences({ check: null }, { check: { type: 'tcp' } }, say)).toEqual(['check none -> [object Object]']);
  });

  it('take what a check sends or expects as one value', () => {
    const kindOf = (key: string, value: unknown): string => `${key} ${(value as { kind: string }).kind}`;
    const [one, other] = [
      { expect: { kind: 'regex', source: '^a', flags: '' } },
      { expect: { kind: 'regex', source: '^b', flags: 'i' } },
    ];
    expect(differences(one, other, kindOf)).toEqual(['expect expect regex -> expect regex']);
  });

  it('take what is left out for null, and compare bytes and patterns by what they say', () => {
    expect(same({ a: null }, {})).toBe(true);
    expect(same({ a: undefined }, { b: null })).toBe(true);
    expect(same({ a: 0 }, {})).toBe(false);
    expect(same(new Uint8Array([1, 2]), Buffer.from([1, 2]))).toBe(true);
    expect(same(new Uint8Array([1, 2]), new Uint8Array([1, 3]))).toBe(false);
    expect(same(/a/i, /a/i)).toBe(true);
    expect(same(/a/i, /a/)).toBe(false);
    expect(same([1], { 0: 1 })).toBe(false);
  });
});

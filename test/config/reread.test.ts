import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembled } from '../../src/config/assembled.js';
import { edited, editOf } from '../../src/config/edit.js';
import { cutServices } from '../../src/config/items.js';
import { parseConfig } from '../../src/config/load.js';
import { knownAfter, known as ready, reread } from '../../src/config/reread.js';

const HEAD = 'router_id: b1\nipvs:\n  reconcile_interval: 2s # oft genug, für 北京\n  services:\n';
const TAIL = 'log: { level: warn }\n';
const service = (n: number, more = ''): string => `    - name: s${n}
      address: 10.0.${n}.1:80
      check: { type: tcp,
        interval: 1s }
      # its servers – all
      servers:
        - { address: 10.1.${n}.1:80 }

        - address: 10.1.${n}.2:80
          weight: 3
${more}`;

function known(text: string) {
  const loaded = parseConfig(text, 'before.yaml', 'host');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { text, config: loaded.config };
}

const plain = (text: string) => {
  const { locate: _, ...result } = { locate: null, ...parseConfig(text, 'now.yaml', 'host') };
  return result;
};

/** Reads `now` beside `before`, and the whole of it. @returns how many services were not read anew. */
function both(before: string | ReturnType<typeof known>, now: string): number {
  const from = typeof before === 'string' ? known(before) : before;
  const base = ready(Buffer.from(from.text), from.config);
  const read = reread(editOf(base.text, Buffer.from(now)), 'now.yaml', base, 'host');
  if (!read.ok) {
    expect(read).toEqual(plain(now));
    return 0;
  }
  const { kept, edit, warnings } = read;
  const config = assembled(from.config, read.config, kept);
  expect({ ok: true, config, text: edited(base.text, edit).toString(), warnings }).toEqual(plain(now));
  expect(knownAfter(base, read)).toEqual(ready(Buffer.from(now), config));
  return kept.filter((place) => place !== null).length;
}

describe('a text that is cut at its services', () => {
  it('gives all of it when it is put together again', () => {
    const text = HEAD + [1, 2, 3].map((n) => service(n)).join('') + TAIL;
    const cut = cutServices(text);
    expect(cut?.items).toEqual([1, 2, 3].map((n) => service(n)));
    expect(`${cut?.head}${cut?.items.join('')}${cut?.tail}`).toBe(text);
  });

  it('is left whole where lines do not tell all: anchors, flow mappings, tabs, documents', () => {
    const text = HEAD + service(1) + TAIL;
    expect(cutServices(text)).not.toBeNull();
    for (const odd of [
      text.replace('check: {', 'check: &c {'),
      text.replaceAll('\n', '\r\n'),
      `---\n${text}`,
      `{ router_id: x,\n${text}}`,
      text.replace('  services:', '\tservices:'),
      'ipvs: { services: [] }\n',
      `${HEAD}    []\n`,
      `"a\n${text}"`,
      '',
    ]) {
      expect(cutServices(odd)).toBeNull();
    }
  });
});

describe('a file that is read again', () => {
  const text = HEAD + [1, 2, 3].map((n) => service(n)).join('') + TAIL;

  it('takes what is the same from before, and says the same as if it were read as a whole', () => {
    expect(both(text, text)).toBe(2);
    expect(both(text, text.replace('10.1.2.1:80', '10.1.2.9:80'))).toBe(2);
    expect(both(text, text.replace(service(2), ''))).toBe(1);
    expect(both(text, text.replace(service(1), service(1) + service(4)))).toBe(3);
    expect(both(text, text.replace('2s', '3s').replace('warn', 'info'))).toBe(2);
    expect(both(text, HEAD + service(3) + service(1) + service(2) + TAIL)).toBe(2);
  });

  it('finds what is wrong between a new service and an old one, and where it stands', () => {
    expect(both(text, text.replace('10.0.2.1:80', '10.0.1.1:80'))).toBe(0);
    expect(both(text, text.replace(service(2), service(2) + service(2)))).toBe(0);
    expect(both(text, text.replace('interval: 1s', 'interval: 1'))).toBe(0);
    expect(both(text, text.replace('services:', 'servces:'))).toBe(0);
  });

  it('tells what is worth a warning each time', () => {
    const warned = text.replace('name: s2', 'name: s2\n      scheduler: rrr');
    expect(both(text, warned)).toBe(0);
    expect(both(warned, warned.replace('10.1.3.1:80', '10.1.3.9:80'))).toBe(0);
  });

  it('finds what a new service takes from one that stays, and what others lose with one that goes', () => {
    const range = text.replace('address: 10.0.2.1:80', 'forward: masq\n      addresses: ["10.0.2.1:80-90"]');
    expect(both(range, range.replace('10.0.3.1:80', '10.0.4.1:80'))).toBe(2);
    expect(both(range, range.replace('address: 10.0.3.1:80', 'forward: masq\n      address: 10.0.2.1:85'))).toBe(0);
    expect(both(text, text.replace('name: s2', 'name: s1'))).toBe(0);
    expect(both(text, text.replace('name: s2', 'name: s4'))).toBe(2);
    const address = '{ address: 10.0.9.9/24, while_up: [s2] }';
    const vrrp = `vrrp:
  instances:
    - { name: V, interface: eth0, virtual_router_id: 5, virtual_addresses: [${address}] }
`;
    const beside = text.replace('ipvs:', `${vrrp}ipvs:`);
    expect(both(beside, beside.replace('10.1.2.1:80', '10.1.2.9:80'))).toBe(2);
    expect(both(beside, beside.replace('name: s2', 'name: s4'))).toBe(0);
    expect(both(beside, beside.replace(service(2), ''))).toBe(0);
    const master = beside.replace('      # its servers – all', '      only_while_master: V');
    expect(both(master, master.replace('name: V', 'name: W'))).toBe(0);
  });

  it('gives the same as a whole reading, whatever lines were changed, lost, doubled or moved (100 pairs)', {
    timeout: 60_000,
  }, () => {
    const before = known(text);
    const lines = text.split('\n');
    const edit = fc.oneof(
      fc.record({ kind: fc.constant('drop' as const), at: fc.nat(lines.length - 1), to: fc.constant('') }),
      fc.record({ kind: fc.constant('double' as const), at: fc.nat(lines.length - 1), to: fc.constant('') }),
      fc.record({
        kind: fc.constant('put' as const),
        at: fc.nat(lines.length - 1),
        to: fc.constantFrom(
          '# a comment',
          '',
          '    - name: x',
          '      name: "a',
          '      text: |',
          '          - deeper',
          '  on_stop: clear',
          'ipvs:',
          '  services:',
          '    services:',
          '  - name: y',
          '      scheduler: wrr',
          '        - { address: 10.9.9.9:80 }',
          '{',
          '...',
          "'",
        ),
      }),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const now = [...lines];
        for (const { kind, at, to } of edits) {
          if (kind === 'drop') now.splice(at, 1);
          else now.splice(at, 0, kind === 'double' ? (now[at] ?? '') : to);
        }
        both(before, now.join('\n'));
      }),
      { numRuns: Number(process.env.REREAD_RUNS ?? 100) },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { durationKeys } from '../../src/config/duration-keys.js';
import { parseConfig } from '../../src/config/load.js';
import { jsonSchema } from '../../src/config/reference.js';
import { sayer } from '../../src/config/say.js';
import { millis, seconds } from '../../src/values/time.js';

type Node = Readonly<Record<string, unknown>>;

/** The keys whose values have a unit, as editors are told. */
function withUnit(node: unknown, found: Set<string> = new Set()): Set<string> {
  if (typeof node !== 'object' || node === null) return found;
  for (const [key, value] of Object.entries((node as { properties?: Node }).properties ?? {})) {
    const { pattern, anyOf } = value as { pattern?: string; anyOf?: readonly { pattern?: string }[] };
    const patterns = [pattern, ...(anyOf ?? []).map((each) => each.pattern)];
    if (patterns.some((each) => each?.endsWith('(us|ms|s|m|h)$') === true)) found.add(key);
  }
  for (const each of Object.values(node)) withUnit(each, found);
  return found;
}

describe('values of the configuration in words', () => {
  const say = sayer(durationKeys());

  it('knows every key that takes a duration', () => {
    expect([...durationKeys()].sort()).toEqual([...withUnit(jsonSchema())].sort());
    expect(durationKeys()).toContain('advert_int');
  });

  it('shows no header field that lets somebody in', () => {
    const said = say('headers', [
      { name: 'Authorization', value: 'Basic R2FyZ295bGU=' },
      { name: 'X-Api-Key', value: 'Gargoyle' },
    ]);
    expect(said).toBe('[Authorization: (secret), X-Api-Key: (secret)]');
    expect(say('headers', [{ name: 'X-Check', value: 'yes' }])).toBe('[X-Check: yes]');
  });

  it('gives durations their unit, addresses their port, and lists their brackets', () => {
    expect(say('interval', seconds(2))).toBe('2s');
    expect(say('timeout', millis(1_500))).toBe('1500ms');
    expect(say('weight', 3)).toBe('3');
    expect(say('sorry_server', null)).toBe('none');
    expect(say('address', { address: '10.0.0.1', port: 80 })).toBe('10.0.0.1:80');
    expect(say('virtual_addresses', [{ cidr: { address: '10.0.0.1', prefix: 24 } }])).toBe('[10.0.0.1/24]');
  });

  it('says what a check sends and expects, and ranges, as they stand in the file', () => {
    const file = `ipvs:
  services:
    - addresses: [10.0.0.1:80-89]
      forward: masq
      servers:
        - address: 10.0.0.2:80
          check: { type: http, expect_status: [200-299, 301], expect_body: /^(a+)+$/, headers: ["A: b"],
            expect_headers: [X-Version, "Age: /^1/i"] }
        - address: 10.0.0.3:80
          check: { type: udp, port: 53, send_hex: 0AFF00, expect_hex: xxFF0x }
        - address: 10.0.0.4:80
          check: { type: udp, port: 53, send: "ping\\n", expect: pong }
`;
    const loaded = parseConfig(file, 'f');
    if (!loaded.ok) throw new Error(loaded.problems[0]?.message);
    const [service] = loaded.config.ipvs.services;
    expect(say('addresses', service?.addresses)).toBe('[10.0.0.1:80-89]');
    const said = service?.servers.map(({ check }) =>
      Object.entries(check ?? {})
        .filter(([key]) => /^(headers|send|expect)/.test(key))
        .map(([key, value]) => `${key} ${say(key, value)}`),
    );
    expect(said).toEqual([
      [
        'headers [A: b]',
        'expect_status [200-299, 301]',
        'expect_headers [X-Version, Age: /^1/i]',
        'expect_body /^(a+)+$/',
        'expect_sha256 none',
      ],
      ['send none', 'send_hex 0aff00', 'expect none', 'expect_hex xxff0x'],
      ['send "ping\\n"', 'send_hex none', 'expect pong', 'expect_hex none'],
    ]);
    expect(say('send_hex', new Uint8Array(1000))).toBe(`${'00'.repeat(32)}... (1000 bytes)`);
  });

  it('never says a secret', () => {
    expect(say('auth', { type: 'pass', pass: 'hush' })).toBe('{ type: pass, pass: (secret) }');
    expect(say('pass', 'hush')).toBe('(secret)');
  });

  it('leaves no number of the full file without what it means: no key is a duration here and a number there', () => {
    const durations = durationKeys();
    const loaded = parseConfig('ipvs: { services: [] }\n', 'x');
    expect(loaded.ok).toBe(true);
    const numbers = new Set<string>();
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries((node as { properties?: Node }).properties ?? {})) {
        if ((value as { type?: string }).type === 'integer') numbers.add(key);
      }
      for (const each of Object.values(node)) walk(each);
    };
    walk(jsonSchema());
    expect([...numbers].filter((key) => durations.has(key))).toEqual([]);
  });
});

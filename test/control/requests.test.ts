import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../src/control/answers.js';
import { lineReader } from '../../src/control/lines.js';
import { encodeLine } from '../../src/control/protocol.js';
import { parseRequest } from '../../src/control/requests.js';

describe('a request at the door', () => {
  it('is parsed, with what was left out filled in', () => {
    const line = '{"id":7,"verb":"drain","args":{"address":"10.0.0.1:80"}}';
    const args = { address: '10.0.0.1:80', wait: false, timeoutMs: 300_000, disable: false, force: false };
    const request = { id: 7, verb: 'drain', args };
    expect(parseRequest(line)).toEqual({ ok: true, request });
    expect(parseRequest('{"id":0,"verb":"ping"}')).toEqual({ ok: true, request: { id: 0, verb: 'ping', args: {} } });
  });

  const refused: readonly (readonly [name: string, line: string, id: number | null, message: string])[] = [
    ['bytes that are no JSON', 'GET / HTTP/1.1', null, 'the line is no JSON: one request a line'],
    ['an array', '[]', null, 'the request is not { id, verb, args }: Invalid input: expected object, received array'],
    [
      'no id',
      '{"verb":"ping"}',
      null,
      'the request is not { id, verb, args }: id: Invalid input: expected number, received undefined',
    ],
    [
      'a negative id',
      '{"id":-1,"verb":"ping"}',
      null,
      'the request is not { id, verb, args }: id: Too small: expected number to be >=0',
    ],
    [
      'an unknown key',
      '{"id":1,"verb":"ping","arg":{}}',
      null,
      'the request is not { id, verb, args }: Unrecognized key: "arg"',
    ],
    [
      'an unknown verb',
      '{"id":1,"verb":"stop"}',
      1,
      'no verb "stop": there are ping, version, status, servers, drain, undrain, weight, disable, enable, failover, resume, reload, events',
    ],
    [
      'a verb that every object has',
      '{"id":1,"verb":"constructor"}',
      1,
      'no verb "constructor": there are ping, version, status, servers, drain, undrain, weight, disable, enable, failover, resume, reload, events',
    ],
    [
      'a failover of nothing',
      '{"id":1,"verb":"failover","args":{"instance":""}}',
      1,
      'failover: instance: Too small: expected string to have >=1 characters',
    ],
    [
      'a resume with an unknown argument',
      '{"id":1,"verb":"resume","args":{"instance":"VI_1","force":true}}',
      1,
      'resume: Unrecognized key: "force"',
    ],
    [
      'a drain of nothing',
      '{"id":1,"verb":"drain"}',
      1,
      'drain: address: Invalid input: expected string, received undefined',
    ],
    [
      'an empty address',
      '{"id":1,"verb":"drain","args":{"address":""}}',
      1,
      'drain: address: Too small: expected string to have >=1 characters',
    ],
    [
      'an unknown argument',
      '{"id":1,"verb":"undrain","args":{"address":"a","weight":3}}',
      1,
      'undrain: Unrecognized key: "weight"',
    ],
    [
      'a wait without end',
      '{"id":1,"verb":"drain","args":{"address":"a","wait":true,"timeoutMs":1e12}}',
      1,
      'drain: timeoutMs: Too big: expected number to be <=604800000',
    ],
    [
      'more events than are kept',
      '{"id":1,"verb":"events","args":{"recent":1001,"follow":true}}',
      1,
      'events: recent: Too big: expected number to be <=1000',
    ],
  ];
  it.each(refused)('is refused with %s', (_name, line, id, message) => {
    const result = parseRequest(line);
    expect(result.ok ? result : { id: result.id, message: result.error.message }).toEqual({ id, message });
  });

  it('never throws and never echoes more than a line, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 300 }), fc.json(), fc.constant('['.repeat(60_000))), (line) => {
        const result = parseRequest(line);
        if (!result.ok) expect(result.error.message.length).toBeLessThan(400);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a line of the server', () => {
  it('is read as greeting, item, answer or farewell', () => {
    expect(parseAnswer('{"hello":"directord","protocol":1,"version":"1.0.0"}')).toEqual({
      kind: 'hello',
      version: '1.0.0',
      protocol: 1,
    });
    expect(parseAnswer('{"id":1,"item":null}')).toEqual({ kind: 'item', id: 1, item: null });
    expect(parseAnswer('{"id":1,"ok":true,"value":{}}')).toEqual({
      kind: 'answer',
      id: 1,
      outcome: { ok: true, value: {} },
    });
    const refused = { ok: false, code: 'busy', message: 'full' };
    const error = '"error":{"code":"busy","message":"full"}';
    expect(parseAnswer(`{"id":1,"ok":false,${error}}`)).toEqual({ kind: 'answer', id: 1, outcome: refused });
    expect(parseAnswer(`{"id":null,"ok":false,${error}}`)).toEqual({ kind: 'goodbye', refused });
  });

  it('is garbage otherwise, and never an exception', () => {
    for (const line of [
      '',
      '220 smtp ready',
      '3',
      'null',
      '[]',
      '{"id":1}',
      '{"id":"1","item":1}',
      '{"id":1,"ok":false}',
    ]) {
      expect(parseAnswer(line), line).toEqual({ kind: 'garbage' });
    }
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (line) => void parseAnswer(line)));
  });
});

describe('the line reader', () => {
  it('gives the same lines however the bytes are cut', () => {
    const texts = fc.array(
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((s) => ({ s })),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(texts, fc.array(fc.nat(40), { maxLength: 20 }), (messages, cuts) => {
        const bytes = Buffer.from(messages.map(encodeLine).join(''));
        const reader = lineReader(1000);
        const lines: string[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          lines.push(...reader.push(bytes.subarray(at, at + cut)).lines);
          at += cut;
        }
        expect(lines.map((line) => JSON.parse(line))).toEqual(messages);
      }),
    );
  });

  it('holds no more than the longest line', () => {
    const reader = lineReader(10);
    expect(reader.push(Buffer.from('0123456789\n'))).toEqual({ ok: true, lines: ['0123456789'] });
    expect(reader.push(Buffer.from('a\n01234'))).toEqual({ ok: true, lines: ['a'] });
    expect(reader.push(Buffer.from('567890'))).toEqual({ ok: false, why: 'too-long', lines: [] });
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(lineReader(10).push(Buffer.from([0x61, 0x0a, 0xff, 0xfe, 0x0a]))).toEqual({
      ok: false,
      why: 'not-utf8',
      lines: ['a'],
    });
  });
});

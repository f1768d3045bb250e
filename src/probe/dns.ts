import { randomInt } from 'node:crypto';
import type { DnsRcode } from '../values/dns.js';
import { type Labels, parseDomainName } from '../values/domain-name.js';
import { micros } from '../values/time.js';
import { attempt } from './attempt.js';
import { microsSince } from './bound.js';
import { exchange } from './datagram.js';
import { type DnsAnswer, decodeAnswer, encodeQuery, framed, withId } from './dns-message.js';
import type { DnsType } from './dns-record.js';
import type { Base, ProbeHost } from './host.js';
import { type Cancel, type Done, fail, type Verdict } from './result.js';

/** Proves that a name server answers a question as expected: by UDP, and by TCP where that answer was cut off. */
export interface DnsProbe extends Base {
  readonly kind: 'dns';
  /** From `encodeQuery`. */
  readonly query: Uint8Array;
  readonly type: DnsType;
  readonly expect: DnsExpectation;
  /** TCP from the beginning. */
  readonly tcp: boolean;
}

export interface DnsExpectation {
  readonly rcodes: readonly DnsRcode[];
  /** Each of them must be among the answers, written as `readRecord` does. */
  readonly answers: readonly string[];
  /** So many records of the type at least; counts only for the code noerror. */
  readonly least: number;
}

/** The keys of `check: { type: dns }` that matter here. */
export interface DnsSettings {
  readonly name: string;
  readonly record: DnsType;
  readonly recursion: boolean;
  readonly transport: 'udp' | 'tcp';
  readonly expect_rcode: readonly DnsRcode[];
  readonly expect_answers: readonly string[];
  readonly min_answers: number;
}

export function prepareDns(check: DnsSettings, base: Base): DnsProbe {
  const { name, record: type, expect_rcode: rcodes, expect_answers: answers, min_answers: least } = check;
  // The schema took the name by the same parser.
  const labels = parseDomainName(name) as Labels;
  const query = encodeQuery({ name: labels, type, recurse: check.recursion });
  return { kind: 'dns', ...base, query, type, expect: { rcodes, answers, least }, tcp: check.transport === 'tcp' };
}

/** Starts a query with an id that nobody can guess; the port of UDP is a random one of the kernel's. */
export function startDns(probe: DnsProbe, done: Done, host: ProbeHost): Cancel {
  const query = withId(probe.query, randomInt(0x1_0000));
  if (probe.tcp) return overTcp(probe, query, host, done);
  const started = performance.now();
  let strange = 0;
  let truncated = false;
  let cancelled = false;
  let cancel = exchange(
    probe,
    host,
    {
      request: query,
      get awaits() {
        return strange === 0 ? 'the answer' : `the answer (${strange} datagrams were none)`;
      },
      received: (bytes) => {
        const answer = decodeAnswer(query, probe.type, bytes);
        if (answer.kind === 'other') strange += 1;
        truncated = answer.kind === 'answer' && answer.truncated;
        return truncated ? { ok: true } : judgeAnswer(answer, probe);
      },
      silent: () => null,
    },
    (result) => {
      const left = probe.timeout - microsSince(started);
      if (!truncated || !result.ok) return done(result);
      if (cancelled) return;
      const rest = { ...probe, timeout: micros(Math.max(1_000, left)) };
      cancel = overTcp(rest, query, host, (byTcp) => done({ ...byTcp, micros: microsSince(started) }));
    },
  );
  return () => {
    cancelled = true;
    cancel();
  };
}

function overTcp(probe: DnsProbe, query: Uint8Array, host: ProbeHost, done: Done): Cancel {
  const reader = new FrameReader();
  return attempt(
    probe,
    host,
    {
      request: framed(query),
      awaits: 'the answer by TCP',
      received: (bytes) => {
        const message = reader.feed(bytes);
        if (message === null) return null;
        const answer = decodeAnswer(query, probe.type, message);
        if (answer.kind === 'other') return fail('an answer to another question');
        if (answer.kind === 'answer' && answer.truncated) return fail('an answer by TCP that says it is cut off');
        return judgeAnswer(answer, probe);
      },
      ended: () => fail(reader.empty ? 'connection closed without an answer' : 'connection closed within the answer'),
    },
    done,
  );
}

/** Collects one message behind its length of two bytes: at most 65,537 bytes are kept, whatever comes. */
export class FrameReader {
  #pieces: Uint8Array[] = [];
  #size = 0;

  get empty(): boolean {
    return this.#size === 0;
  }

  /** @returns the message once it is complete. */
  feed(bytes: Uint8Array): Uint8Array | null {
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    if (this.#size < 2) return null;
    const all = this.#pieces.length === 1 ? bytes : Buffer.concat(this.#pieces);
    const length = ((all[0] ?? 0) << 8) | (all[1] ?? 0);
    if (all.length >= 2 + length) return all.subarray(2, 2 + length);
    this.#pieces = [all];
    return null;
  }
}

/** @returns null for what answers another question: it is not listened to. */
export function judgeAnswer(answer: DnsAnswer, { type, expect }: Pick<DnsProbe, 'type' | 'expect'>): Verdict | null {
  if (answer.kind === 'other') return null;
  if (answer.kind === 'malformed') return fail(answer.why);
  const { rcode, records } = answer;
  if (!expect.rcodes.some((each) => each === rcode))
    return fail(`answered ${rcode}, expected ${expect.rcodes.join(', ')}`);
  if (rcode !== 'noerror') return { ok: true };
  const missing = expect.answers.find((each) => !records.includes(each));
  if (missing !== undefined) return fail(`no ${type} record ${shown(missing)}; ${told(records)}`);
  if (records.length >= expect.least) return { ok: true };
  return fail(`${records.length} ${type} records, expected at least ${expect.least}`);
}

const told = (records: readonly string[]): string =>
  records.length === 0
    ? 'none came'
    : `came ${records.slice(0, 3).map(shown).join(' and ')}${records.length > 3 ? ` and ${records.length - 3} more` : ''}`;

/** In one line, without what a terminal would obey. */
const shown = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go.
  text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?').slice(0, 80);

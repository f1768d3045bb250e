import { exchange } from './datagram.js';
import type { Base, ProbeHost } from './host.js';
import { matchOf } from './match.js';
import { judgeReply, type ReplyMatch } from './reply-match.js';
import { type Cancel, type Done, fail, type Verdict } from './result.js';
import { Unreached } from './unreached.js';

/**
 * Proves that a datagram is answered as expected; or, where no reply is asked for, that none of the kernel's errors
 * (port, host or network unreachable) comes back, as keepalived's UDP_CHECK without require_reply; here also when it comes
 * after the timeout, as most do that say that a host is not there.
 */
export interface UdpProbe extends Base {
  readonly kind: 'udp';
  readonly payload: Uint8Array;
  /** null: silence is a success. */
  readonly reply: ReplyExpectation | null;
  /** From one attempt to the next. */
  readonly unreached: Unreached;
}

export interface ReplyExpectation {
  /** null: any. */
  readonly match: ReplyMatch | null;
  /** Both in bytes. */
  readonly shortest: number;
  readonly longest: number;
}

/** The keys of `check: { type: udp }` that matter here. */
export interface UdpSettings {
  readonly send: string | null;
  readonly send_hex: Uint8Array | null;
  /** Left out: where something is expected of a reply. */
  readonly require_reply?: boolean | undefined;
  readonly expect:
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'regex'; readonly source: string; readonly flags: string }
    | null;
  readonly expect_hex: { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly mask: Uint8Array } | null;
  readonly min_reply_length: number;
  readonly max_reply_length: number;
}

/** The longest datagram over IPv4: 65,535 less the headers of IP and UDP. */
const LONGEST = 65_507;

export function prepareUdp(check: UdpSettings, base: Base): UdpProbe {
  const expect = check.expect_hex ?? check.expect;
  const match: ReplyMatch | null = expect === null || expect.kind === 'bytes' ? expect : matchOf(expect);
  const { min_reply_length: shortest, max_reply_length: longest } = check;
  const wanted = check.require_reply ?? (match !== null || shortest > 0 || longest < LONGEST);
  const payload = check.send_hex ?? new TextEncoder().encode(check.send ?? '');
  return {
    kind: 'udp',
    ...base,
    payload,
    reply: wanted ? { match, shortest, longest } : null,
    unreached: new Unreached(),
  };
}

export function startUdp(probe: UdpProbe, done: Done, host: ProbeHost): Cancel {
  const { unreached } = probe;
  const conversation = { request: probe.payload, awaits: 'a reply' };
  // The first one counts: a server that sends on and on ends the check with it.
  const received = (bytes: Uint8Array): Verdict => {
    unreached.answered();
    return judge(probe.reply, bytes);
  };
  if (probe.reply !== null) return exchange(probe, host, { ...conversation, received, silent: () => null }, done);
  unreached.begins(performance.now());
  const silent = (): Verdict => unreached.silence(performance.now());
  return exchange(probe, host, { ...conversation, received, silent, unreached }, done);
}

function judge(expected: ReplyExpectation | null, bytes: Uint8Array): Verdict {
  if (expected === null) return { ok: true };
  const { shortest, longest } = expected;
  if (bytes.length < shortest || bytes.length > longest) {
    return fail(`a reply of ${bytes.length} bytes, expected ${shortest} to ${longest}`);
  }
  return judgeReply(expected.match, bytes);
}

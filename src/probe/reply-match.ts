import { judgeMatch, type Match } from './match.js';
import { fail, type Verdict } from './result.js';

/** What a reply must be like. */
export type ReplyMatch =
  | Match
  /** Each byte `mask`ed must be that of `bytes`: as keepalived compares, up to the shorter of both. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array; readonly mask: Uint8Array };

/** So much of a reply is shown where it is another than expected, in bytes. */
const SHOWN = 16;

/** Compares one reply. */
export function judgeReply(match: ReplyMatch | null, reply: Uint8Array): Verdict {
  if (match === null) return { ok: true };
  if (match.kind === 'bytes') {
    const length = Math.min(match.bytes.length, reply.length);
    for (let i = 0; i < length; i++) {
      if ((((reply[i] ?? 0) ^ (match.bytes[i] ?? 0)) & (match.mask[i] ?? 0xff)) !== 0) return other(reply);
    }
    return length === 0 ? fail('an empty reply') : { ok: true };
  }
  const text = Buffer.from(reply.buffer, reply.byteOffset, reply.length).toString('utf8');
  return judgeMatch(match, text, 'reply').ok ? { ok: true } : other(reply);
}

function other(reply: Uint8Array): Verdict {
  const hex = Buffer.from(reply.subarray(0, SHOWN)).toString('hex');
  return fail(`another reply than expected: ${reply.length} bytes, ${hex}${reply.length > SHOWN ? '…' : ''}`);
}

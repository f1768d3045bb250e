import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpAnswer } from '../../src/probe/http-answer.js';
import type { HttpExpectation } from '../../src/probe/http-expect.js';

const expectation: HttpExpectation = { status: [{ from: 200, to: 299 }], body: { kind: 'text', text: 'well' } };

/** Feeds the pieces and then the end. */
function judge(pieces: readonly Uint8Array[], expected = expectation): string {
  const answer = new HttpAnswer(expected);
  for (const piece of pieces) {
    const verdict = answer.feed(piece);
    if (verdict !== null) return verdict.ok ? 'ok' : verdict.reason;
  }
  const verdict = answer.ended();
  return verdict.ok ? 'ok' : verdict.reason;
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const points = [...new Set(at.map((a) => a % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...points].map((from, i) => bytes.subarray(from, points[i] ?? bytes.length));
}

describe('reading an HTTP answer', () => {
  it('comes to the same verdict however the answer is cut into pieces', () => {
    const answers = [
      'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well',
      'HTTP/1.0 200 OK\n\nall is well',
      'HTTP/1.1 200 \r\nTransfer-Encoding: gzip, chunked\r\n\r\nB\r\nall is well\r\n0\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nall\r\n8\r\n is well\r\n0\r\n\r\n',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nall is well',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nall is well',
      'HTTP/1.1 404 Not Found\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nallX\r\n',
      'nonsense',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...answers), fc.array(fc.nat()), (text, at) => {
        const bytes = Buffer.from(text);
        expect(judge(cut(bytes, at))).toBe(judge([bytes]));
      }),
      { numRuns: 2_000 },
    );
  });

  it('survives any bytes', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .constantFrom('HTTP/1.1 200 OK\r\n', 'Transfer-Encoding: chunked\r\n', '\r\n', '\n\n', 'ffffffff\r\n')
        .map((t) => Buffer.from(t)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(typeof judge(pieces)).toBe('string');
      }),
      { numRuns: 2_000 },
    );
  });

  it('judges by the head alone where no body is asked for', () => {
    expect(judge([Buffer.from('HTTP/1.1 200 OK\r\n\r\n')], { ...expectation, body: null })).toBe('ok');
  });
});

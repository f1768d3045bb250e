import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAdvice } from '../../src/core/ipvs/advice.js';
import { AgentReader, LINE_LIMIT, parseAgentLine } from '../../src/probe/agent-line.js';

/** What a line says, in the words of status. */
function said(line: string): string {
  const read = parseAgentLine(line);
  if (!read.ok) return `refused: ${read.why}`;
  const unused = read.unused.length === 0 ? '' : ` unused ${read.unused.join(' ')}`;
  return formatAdvice(read.advice) + unused + (read.strange === null ? '' : ` strange ${read.strange}`);
}

describe('an agent’s line', () => {
  it('has the words of HAProxy’s agent-check, in any order and case, between spaces, tabs and commas', () => {
    expect(said('up')).toBe('up');
    expect(said('UP, 75%')).toBe('up, 75%');
    expect(said('ready\t100% up')).toBe('up, ready, 100%');
    expect(said('  drain,,')).toBe('drain');
    expect(said('0%')).toBe('0%');
    expect(said('150% maint')).toBe('maint, 150%');
  });

  it('says how and why a server is down', () => {
    expect(said('down')).toBe('down');
    expect(said('fail # disk full')).toBe('fail (disk full)');
    expect(said('stopped#deploying\u001b[31m now')).toBe('stopped (deploying [31m now)');
  });

  it('counts the last word of a kind', () => expect(said('down up 10% 20%')).toBe('up, 20%'));

  it('tells of words without an effect here, and of the first that is none', () => {
    expect(said('up maxconn:30')).toBe('up unused maxconn:30');
    expect(said('up sideways upside')).toBe('up strange sideways');
    expect(said('up -5%')).toBe('up strange -5%');
    expect(said('up 99999999%')).toBe('up strange 99999999%');
  });

  it('is refused where no word of it is one', () => {
    expect(said('')).toBe('refused: an empty line');
    expect(said('# only a comment')).toBe('refused: an empty line');
    expect(said('HTTP/1.1 400 Bad')).toBe('refused: a line without a word of an agent: HTTP/1.1');
    expect(said('75')).toBe('refused: a line without a word of an agent: 75');
  });

  it('is read whole however it is cut into pieces, and nothing behind its end', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(30)), fc.constantFrom('\n', '\r\n', '\0'), (at, end) => {
        const bytes = Buffer.from(`up 50% # fine${end}down\n`);
        const points = [...new Set(at)].sort((a, b) => a - b);
        const reader = new AgentReader();
        let found = null;
        for (const [i, from] of [0, ...points].entries()) found ??= reader.feed(bytes.subarray(from, points[i]));
        expect(found).toEqual({ line: 'up 50% # fine' });
      }),
    );
  });

  it('is bounded, and any bytes are survived', () => {
    const reader = new AgentReader();
    expect(reader.feed(Buffer.alloc(LINE_LIMIT, 'x'))).toBeNull();
    expect(reader.feed(Buffer.from('x\n'))).toBe('long');
    expect(new AgentReader().feed(Buffer.alloc(1 << 20, 'x'))).toBe('long');
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        (bytes) => typeof said(Buffer.from(bytes).toString('latin1')) === 'string',
      ),
    );
  });
});

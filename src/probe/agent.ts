import { AgentReader, LINE_LIMIT, parseAgentLine } from './agent-line.js';
import { attempt } from './attempt.js';
import type { Base, ProbeHost } from './host.js';
import { type Cancel, type Done, type Found, fail, type Verdict } from './result.js';

/** Asks a server's agent, as HAProxy's agent-check: it connects, may say something, and reads one line. */
export interface AgentProbe extends Base {
  readonly kind: 'agent';
  /** Sent as it is upon connection; null: nothing. */
  readonly send: Uint8Array | null;
}

export const startAgent = (probe: AgentProbe, done: Done, host: ProbeHost): Cancel => {
  const reader = new AgentReader();
  return attempt(
    probe,
    host,
    {
      request: probe.send,
      awaits: 'the agent’s line',
      received: (bytes) => {
        const read = reader.feed(bytes);
        if (read === null) return null;
        return read === 'long' ? fail(`a line of more than ${LINE_LIMIT} bytes`) : judgeLine(read.line);
      },
      // HAProxy takes what came without a line end as well.
      ended: () => (reader.rest === '' ? fail('connection closed without a line') : judgeLine(reader.rest)),
    },
    done,
  );
};

function judgeLine(line: string): Verdict {
  const said = parseAgentLine(line);
  if (!said.ok) return fail(said.why);
  const parts = said.unused.map((word) => `${word} is not used: IPVS has thresholds instead`);
  if (said.strange !== null) parts.push(`${said.strange} is no word of an agent`);
  const found: Found = { advice: said.advice };
  return { ok: true, found: parts.length === 0 ? found : { ...found, ignored: parts.join('; ') } };
}

import { describe, expect, it } from 'vitest';
import { formatAdvice } from '../../src/core/ipvs/advice.js';
import { agentProbe } from '../../src/director/probe-of.js';
import { startProbes } from '../../src/probe/probe.js';
import type { ProbeResult } from '../../src/probe/result.js';
import type { Endpoint } from '../../src/values/endpoint.js';
import { type Duration, millis } from '../../src/values/time.js';
import { CASES, HOST, overTcp, TIMEOUT } from './matrix.js';
import { cut, serve } from './servers.js';

const SETTINGS = {
  address: null,
  bind: null,
  mark: null,
  interval: millis(TIMEOUT),
  timeout: millis(TIMEOUT),
  jitter: 0 as Duration,
};

const ask = (target: Endpoint, send: string | null = null) =>
  new Promise<ProbeResult>((resolve) =>
    startProbes(HOST)(agentProbe(target, { ...SETTINGS, port: target.port, send }), resolve),
  );
const said = async (target: Endpoint, send: string | null = null): Promise<string> => {
  const { ok, reason, found } = await ask(target, send);
  const ignored = found?.ignored === undefined ? '' : `; ${found.ignored}`;
  return ok ? formatAdvice(found?.advice ?? { works: null, mode: null, weight: null }) + ignored : `${reason}`;
};

/** The same table as of checks: how an agent can fail. */
const row = overTcp({
  title: 'agent',
  settings: { type: 'agent' },
  healthy: (socket, delay) => void setTimeout(() => socket.writable && socket.write('75% up\n'), delay),
  awaits: 'the agent’s line',
  wrong: { behave: (socket) => void socket.write('hello\n'), reason: 'a line without a word of an agent: hello' },
  reset: {
    behave: (socket) => void socket.write('75', () => setTimeout(cut, 20, socket)),
    reason: 'connection reset by the server',
  },
  endless: {
    behave: (socket) => {
      const timer = setInterval(() => socket.writable && socket.write('up '.repeat(100)), 2);
      socket.on('close', () => clearInterval(timer));
    },
    reason: 'a line of more than 1024 bytes',
  },
});

describe('an agent', () => {
  const cases = CASES.flatMap((name) => {
    const each = row.cases[name];
    return each === null ? [] : ([[name, each]] as const);
  });

  it.concurrent.each(cases)('%s', async (_, { serve: start, reason }) => {
    const result = await ask(await start());
    expect(result).toMatchObject({ ok: reason === null, reason, ours: false });
    if (reason === null) expect(result.found?.advice).toMatchObject({ weight: { percent: 75 } });
  });

  it('is sent what is configured, as it is', async () => {
    const echo = await serve((socket) => {
      socket.once('data', (bytes) => socket.end(bytes.toString() === 'web\n' ? '50%\n' : 'down\n'));
    });
    expect(await said(echo, 'web\n')).toBe('50%');
    expect(await said(echo, 'other')).toBe('down');
  });

  it('may close without a line end, and say more than a line', async () => {
    expect(await said(await serve((socket) => socket.end('drain')))).toBe('drain');
    expect(await said(await serve((socket) => socket.end('up\r\ndown\r\n')))).toBe('up');
    expect(await said(await serve((socket) => socket.end()))).toBe('connection closed without a line');
  });

  it('hears what of its words has no effect', async () => {
    expect(await said(await serve((socket) => socket.end('up maxconn:30 sideways\n')))).toBe(
      'up; maxconn:30 is not used: IPVS has thresholds instead; sideways is no word of an agent',
    );
  });
});

import type { Socket } from 'node:net';
import type { Log } from '../values/log.js';
import type { ControlClock } from './clock.js';
import { lineReader } from './lines.js';
import { type Answer, encodeLine, PROTOCOL, type Problem } from './protocol.js';
import { type ParsedRequest, parseRequest } from './requests.js';
import type { By, ControlService } from './service.js';
import { ADMIN_VERBS, isStream, runVerb } from './verbs.js';

/** Bounds that hold for every connection. */
export interface ControlLimits {
  readonly lineBytes: number;
  readonly connections: number;
  /** Without a request in flight for so long, a connection is closed. Bytes of an unfinished line do not count. */
  readonly idleMs: number;
  /** What may wait for a slow reader, in bytes: beyond it a stream is cut, and no further request is read. */
  readonly backlogBytes: number;
  readonly requestsInFlight: number;
  /** Between two looks at the rows of a drain that is waited for. */
  readonly pollMs: number;
}

export const defaultLimits: ControlLimits = {
  lineBytes: 64 * 1024,
  connections: 64,
  idleMs: 60_000,
  backlogBytes: 1024 * 1024,
  requestsInFlight: 8,
  pollMs: 250,
};

/** Who is at the other end; null when the system would not say. */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
}

export interface ConnectionDeps {
  readonly service: ControlService;
  readonly version: string;
  readonly clock: ControlClock;
  readonly log: Log;
  readonly limits: ControlLimits;
  readonly peer: Peer | null;
}

/** How long a peer that was told to go may take to read why. */
const LINGER_MS = 500;

/** Serves one client until it goes. @returns what ends it: streams get a closing answer, then the socket is closed. */
export function serveConnection(socket: Socket, deps: ConnectionDeps): () => void {
  const { clock, limits, log, peer } = deps;
  const reader = lineReader(limits.lineBytes);
  const inFlight = new Map<number, { readonly abort: AbortController; readonly stream: boolean }>();
  let cancelIdle = (): void => {};
  /** `peer-done`: the peer ended its side, what it asked for is still answered. `leaving`: nothing more is read. */
  let state: 'serving' | 'peer-done' | 'leaving' = 'serving';

  const write = (message: Answer | object): void => {
    if (socket.destroyed || socket.writableEnded) return;
    socket.write(encodeLine(message));
    // Reading on would let a peer that never reads pile up answers here.
    if (socket.writableLength > limits.backlogBytes) socket.pause();
  };

  const rest = (): void => {
    cancelIdle();
    if (inFlight.size > 0 || socket.destroyed) return;
    if (state !== 'serving') {
      socket.end();
      // Who does not read his answer is not waited for, either.
      cancelIdle = clock.after(limits.idleMs, () => socket.destroy());
      return;
    }
    cancelIdle = clock.after(limits.idleMs, () => {
      leave({ code: 'idle', message: `nothing was asked for ${limits.idleMs / 1000} s` });
    });
  };

  /** No more requests; says why, gives the peer a moment to read it, and closes. */
  function leave(why: Problem | null): void {
    if (state === 'leaving') return;
    state = 'leaving';
    cancelIdle();
    socket.pause();
    if (why !== null) write({ id: null, ok: false, error: why });
    for (const { abort } of inFlight.values()) abort.abort();
    if (inFlight.size === 0) socket.end();
    const cancel = clock.after(LINGER_MS, () => socket.destroy());
    socket.once('close', cancel);
  }

  function item(id: number, value: unknown): void {
    if (socket.writableLength > limits.backlogBytes) {
      if (!socket.destroyed)
        log.warn({ peer, bytes: socket.writableLength }, 'control: a client reads too slowly, cut');
      socket.destroy();
      return;
    }
    write({ id, item: value });
  }

  async function serve(request: ParsedRequest): Promise<void> {
    const { id, verb, args } = request;
    const abort = new AbortController();
    inFlight.set(id, { abort, stream: isStream(request) });
    cancelIdle();
    const call = {
      ...deps,
      by: whoIs(peer),
      pollMs: limits.pollMs,
      signal: abort.signal,
      item: (value: unknown) => item(id, value),
    };
    if (ADMIN_VERBS.has(verb))
      log.info({ verb, args, peer }, `control: ${verb} asked for by ${whoIs(peer) ?? 'an unknown peer'}`);
    try {
      const outcome = await runVerb(request, call);
      if (outcome.ok) write({ id, ok: true, value: outcome.value });
      else {
        if (ADMIN_VERBS.has(verb) && !abort.signal.aborted) {
          log.info({ verb, args, peer, code: outcome.code }, `control: ${verb} not done: ${outcome.message}`);
        }
        write({ id, ok: false, error: { code: outcome.code, message: outcome.message } });
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.error({ verb, args, peer, error }, `control: ${verb} failed: ${why}`);
      write({ id, ok: false, error: { code: 'internal', message: `${verb} failed inside directord: ${why}` } });
    }
    inFlight.delete(id);
    rest();
  }

  function receive(line: string): void {
    const parsed = parseRequest(line);
    if (!parsed.ok && parsed.id === null) {
      leave(parsed.error);
      return;
    }
    const refused = parsed.ok ? overload(parsed.request.id) : parsed.error;
    if (refused === null && parsed.ok) void serve(parsed.request);
    else if (refused !== null) write({ id: parsed.ok ? parsed.request.id : parsed.id, ok: false, error: refused });
    rest();
  }

  function overload(id: number): Problem | null {
    if (inFlight.has(id)) return { code: 'usage', message: `request ${id} is still being answered: use another id` };
    if (inFlight.size < limits.requestsInFlight) return null;
    const message = `${limits.requestsInFlight} requests are in flight on this connection: wait for one`;
    return { code: 'busy', message };
  }

  socket.on('data', (chunk: Buffer) => {
    if (state !== 'serving') return;
    const read = reader.push(chunk);
    for (const line of read.lines) {
      if (state === 'serving') receive(line);
    }
    if (!read.ok) leave({ code: 'bad-line', message: badLine[read.why](limits.lineBytes) });
  });
  socket.on('drain', () => {
    if (state === 'serving') socket.resume();
  });
  // The peer has said all it had to say: short requests still get their answer, streams end here.
  socket.on('end', () => {
    if (state === 'serving') state = 'peer-done';
    for (const { abort, stream } of inFlight.values()) if (stream) abort.abort();
    rest();
  });
  // ECONNRESET, EPIPE: the peer is gone, and 'close' follows.
  socket.on('error', () => {});
  socket.on('close', () => {
    state = 'leaving';
    cancelIdle();
    for (const { abort } of inFlight.values()) abort.abort();
  });

  write({ hello: 'directord', protocol: PROTOCOL, version: deps.version });
  rest();
  return () => leave(null);
}

const badLine = {
  'too-long': (bytes: number) => `the line is longer than ${bytes} bytes`,
  'not-utf8': () => 'the line is not UTF-8',
};

const whoIs = (peer: Peer | null): By => (peer === null ? null : `uid ${peer.uid}, pid ${peer.pid}`);

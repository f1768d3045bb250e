import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { Endpoint } from '../values/endpoint.js';
import { type Duration, formatDuration, toMillis } from '../values/time.js';

/** What one attempt found. */
export interface ProbeResult {
  readonly ok: boolean;
  /** Why it failed, readable; null when it did not. */
  readonly reason: string | null;
  /** How long it took, in µs. */
  readonly micros: number;
  /** It failed on this machine (no descriptor, no free port …): that says nothing about the server. */
  readonly ours: boolean;
}

/** Ends an attempt; its result is not reported. A second call, or one after the result, does nothing. */
export type Cancel = () => void;

/** What an attempt does once it is connected. */
export interface Conversation {
  /** Sent at once; null sends nothing. */
  readonly request: Uint8Array | null;
  /** What is waited for, for the message of a timeout. */
  readonly awaits: string;
  /** @returns the verdict as soon as there is one: `ok` or the reason; null to read on. */
  received(bytes: Uint8Array): Verdict | null;
  /** The server closed its half. */
  ended(): Verdict;
}

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by the server',
  EPIPE: 'connection closed by the server',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'timed out waiting for the connection',
  EACCES: "forbidden by this machine's firewall",
  EPERM: "forbidden by this machine's firewall",
};

const OURS: Readonly<Record<string, string>> = {
  EMFILE: 'no free file descriptor in this process',
  ENFILE: 'no free file descriptor on this machine',
  ENOBUFS: 'no buffer space on this machine',
  ENOMEM: 'no memory on this machine',
  EADDRNOTAVAIL: 'no free local port or address on this machine',
};

/**
 * Connects and has a conversation, all within `timeout`. Always ends with a reset instead of a FIN: a check leaves no
 * TIME_WAIT behind, here or there. Calls `done` once, never from within this call.
 * @param conversation null: being connected is enough.
 */
export function attempt(
  target: Endpoint,
  timeout: Duration,
  conversation: Conversation | null,
  done: (result: ProbeResult) => void,
): Cancel {
  const started = performance.now();
  let over = false;
  let connected = false;
  const socket: Socket = connect({ host: target.address, port: target.port, autoSelectFamily: false });

  const end = (): void => {
    over = true;
    clearTimeout(timer);
    if (connected) socket.resetAndDestroy();
    else socket.destroy();
  };
  const finish = (verdict: Verdict, ours = false): void => {
    if (over) return;
    end();
    const took = Math.round((performance.now() - started) * 1_000);
    done({ ok: verdict.ok, reason: verdict.ok ? null : verdict.reason, micros: took, ours });
  };

  let deadline = toMillis(timeout);
  let extended = false;
  const expired = (): void => {
    const late = performance.now() - started - deadline;
    if (!extended && late > LATE_MS) {
      // This process was stalled, and the answer may wait in the socket: time that we slept is not held against the server.
      extended = true;
      const extra = Math.min(late, toMillis(timeout));
      deadline += late + extra;
      timer = setTimeout(expired, extra);
      return;
    }
    const awaits = connected && conversation !== null ? conversation.awaits : 'the connection';
    finish({ ok: false, reason: `timed out after ${formatDuration(timeout)} waiting for ${awaits}` });
  };
  let timer = setTimeout(expired, deadline);

  socket.once('connect', () => {
    if (over) return;
    connected = true;
    if (conversation === null) finish({ ok: true });
    else if (conversation.request !== null) socket.write(conversation.request);
  });
  if (conversation !== null) {
    socket.on('data', (bytes: Uint8Array) => {
      if (over) return;
      const verdict = conversation.received(bytes);
      if (verdict !== null) finish(verdict);
    });
    socket.once('end', () => {
      if (!over) finish(conversation.ended());
    });
  }
  // Stays attached: an error after the end must not become an uncaught one.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const code = error.code ?? '';
    const ours = OURS[code];
    finish({ ok: false, reason: ours ?? REASONS[code] ?? error.message }, ours !== undefined);
  });
  return () => {
    if (!over) end();
  };
}

/** A timer that fires so much later than asked for was held up by this process. */
const LATE_MS = 50;

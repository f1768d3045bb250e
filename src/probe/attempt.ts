import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Duration, formatDuration, toMillis } from '../values/time.js';
import { dial } from './dial.js';
import type { Base, ProbeHost } from './host.js';
import { type Cancel, type Done, type Found, fail, judged, type Verdict } from './result.js';

export type { Cancel, Done, Found, ProbeResult, Verdict, Watch } from './result.js';
export { fail } from './result.js';

/** What an attempt does once it is connected, as bytes that come and go. */
export interface Conversation {
  /** Sent at once; null sends nothing. */
  readonly request: Uint8Array | null;
  /** What is waited for, for the message of a timeout. */
  readonly awaits: string;
  /**
   * @param send sends more.
   * @returns the verdict as soon as there is one: `ok` or the reason; null to read on.
   */
  received(bytes: Uint8Array, send: (bytes: Uint8Array) => void): Verdict | null;
  /** The server closed its half. */
  ended(): Verdict;
}

/** The same for a protocol that a library speaks over the connection. */
export interface Talk {
  readonly awaits: string;
  /** @param finish takes the verdict; a second one is ignored. The connection is ended then, whatever uses it. */
  begin(socket: Socket, finish: (verdict: Verdict) => void): void;
}

/** A layer of security over the connection, before anything is said; see tls.ts. */
export interface Secure {
  /** @returns the socket to talk over. @throws where this machine cannot (no such CA file): `ours`. */
  wrap(socket: Socket): TLSSocket;
  /** Judges what the server has shown, once the handshake is done; null: nothing to say about it. */
  judge(socket: TLSSocket): Verdict | null;
  /** The sentence for an error within the handshake. */
  explain(error: NodeJS.ErrnoException): string;
}

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
  EADDRINUSE: 'no free local port on this machine',
};

/** The verdict that an error of the operating system means. */
export function failed(error: NodeJS.ErrnoException): Verdict & { readonly ok: false } {
  const code = error.code ?? '';
  if (error.syscall === 'setsockopt') return { ok: false, reason: `cannot set the mark: ${error.message}`, ours: true };
  const ours = OURS[code];
  return { ok: false, reason: ours ?? REASONS[code] ?? error.message, ours: ours !== undefined };
}

/** Why an attempt failed whose time was up. */
export const lateFor = (timeout: Duration, awaits: string): string =>
  `timed out after ${formatDuration(timeout)} waiting for ${awaits}`;

/**
 * Connects and has a conversation, all within the timeout of `base`. Always ends with a reset instead of a FIN: a check
 * leaves no TIME_WAIT behind, here or there. Calls `done` once, never from within this call.
 * @param conversation null: being connected (and secured) is enough.
 * @param left what is left of the timeout, where this is not the first attempt that shares it.
 */
export function attempt(
  base: Base,
  host: ProbeHost | null,
  conversation: Conversation | Talk | null,
  done: Done,
  secure: Secure | null = null,
  left: Duration = base.timeout,
): Cancel {
  const started = performance.now();
  let over = false;
  let stage: 'connecting' | 'securing' | 'talking' = 'connecting';
  let socket: Socket | null = null;
  let secured: TLSSocket | null = null;
  let found: Found | undefined;

  const end = (): void => {
    over = true;
    clearTimeout(timer);
    stop();
    // What is secured over it goes with it; destroyed by itself it would say goodbye.
    if (socket !== null) reset(socket, secured);
  };
  const finish = (verdict: Verdict): void => {
    if (over) return;
    end();
    const micros = Math.round((performance.now() - started) * 1_000);
    const reason = verdict.ok ? null : verdict.reason;
    const what = verdict.found ?? found;
    const result = { ok: verdict.ok, reason, micros, ours: !verdict.ok && verdict.ours === true };
    done(what === undefined ? result : { ...result, found: what });
  };

  let deadline = toMillis(left);
  let extended = false;
  const expired = (): void => {
    const late = performance.now() - started - deadline;
    if (!extended && late > LATE_MS) {
      // This process was stalled, and the answer may wait in the socket: time that we slept is not held against the server.
      extended = true;
      const extra = Math.min(late, toMillis(left));
      deadline += late + extra;
      timer = setTimeout(expired, extra);
      return;
    }
    const awaits =
      stage === 'talking' && conversation !== null
        ? conversation.awaits
        : stage === 'securing'
          ? 'the TLS handshake'
          : 'the connection';
    finish(fail(lateFor(base.timeout, awaits)));
  };
  let timer = setTimeout(expired, deadline);

  const talk = (over: Socket): void => {
    stage = 'talking';
    if (conversation === null) finish({ ok: true });
    else if ('begin' in conversation) conversation.begin(over, finish);
    else converse(over, conversation, finish);
  };
  const protect = (plain: Socket, by: Secure): void => {
    stage = 'securing';
    let tls: TLSSocket;
    try {
      tls = by.wrap(plain);
    } catch (error) {
      finish({ ok: false, reason: (error as Error).message, ours: true });
      return;
    }
    secured = tls;
    tls.on('error', (error: NodeJS.ErrnoException) => {
      finish(stage === 'securing' ? fail(by.explain(error)) : failed(error));
    });
    tls.once('close', () => {
      if (stage === 'securing') finish(fail('connection closed within the TLS handshake'));
    });
    tls.once('secureConnect', () => {
      if (over) return;
      const verdict = judged(() => by.judge(tls));
      found = verdict?.found;
      if (verdict !== null && !verdict.ok) finish(verdict);
      else talk(tls);
    });
  };
  const stop = dial(base.target, base.way, host, {
    connected(connection) {
      socket = connection;
      if (over) connection.resetAndDestroy();
      else if (secure === null) talk(connection);
      else protect(connection, secure);
    },
    failed(error) {
      if (stage !== 'securing' || secure === null) finish(failed(error));
      else finish(fail(secure.explain(error)));
    },
  });
  return () => {
    if (!over) end();
  };
}

/** What waits to be sent would hold up a reset: node sends it first. Not even the reset is worth that. */
function reset(socket: Socket, secured: TLSSocket | null): void {
  if (socket.writableLength > 0 || (secured !== null && secured.writableLength > 0)) socket.destroy();
  else socket.resetAndDestroy();
}

function converse(socket: Socket, conversation: Conversation, finish: (verdict: Verdict) => void): void {
  const send = (bytes: Uint8Array): void => {
    socket.write(bytes);
  };
  // What still comes after the end is not looked at.
  let over = false;
  const conclude = (verdict: Verdict): void => {
    over = true;
    finish(verdict);
  };
  socket.on('data', (bytes: Uint8Array) => {
    if (over) return;
    const verdict = judged(() => conversation.received(bytes, send));
    if (verdict !== null) conclude(verdict);
  });
  socket.once('end', () => {
    if (!over) conclude(judged(() => conversation.ended()));
  });
  if (conversation.request !== null) send(conversation.request);
}

/** A timer that fires so much later than asked for was held up by this process. */
const LATE_MS = 50;

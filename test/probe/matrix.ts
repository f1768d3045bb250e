import type { Socket } from 'node:net';
import { check } from '../../src/config/check.js';
import { probeOf, targetOf } from '../../src/director/probe-of.js';
import { startScript } from '../../src/director/script-process.js';
import { markedConnector } from '../../src/kernel/connect-marked.js';
import { datagramSockets } from '../../src/kernel/datagram-socket.js';
import { native } from '../../src/kernel/native.js';
import type { ProbeHost } from '../../src/probe/host.js';
import { startProbes } from '../../src/probe/probe.js';
import type { ProbeResult } from '../../src/probe/result.js';
import type { Endpoint } from '../../src/values/endpoint.js';
import { closedPort, cut, full, serve } from './servers.js';

/*
 * What every kind of check must tell apart. A kind joins with a row: a file rows/KIND.ts that exports it, one line in
 * matrix.test.ts. A kind over TCP makes its row by `overTcp`; another one lists its cases by itself. A case that a kind
 * cannot have is null, with the reason in a comment.
 */

/** The ways in which a server can behave. */
export const CASES = [
  'up',
  'down by refusal',
  'down by silence',
  'down by a wrong answer',
  'slow, within its time',
  'slower than its time',
  'half-open: accepts and says nothing',
  'reset in the middle',
  'endless answer',
] as const;
export type CaseName = (typeof CASES)[number];

export interface Case {
  /** Starts the server, to be gone after the file's tests (see servers.ts). */
  serve(): Promise<Endpoint>;
  /** The sentence that must come out; null: success. */
  readonly reason: string | RegExp | null;
  /** It may take no less, in ms. */
  readonly atLeast?: number;
}

export interface Row {
  /** As in the test's name: `http`, `https with HTTP/2`. */
  readonly title: string;
  /** The check as it stands in a file, without its timeout. */
  readonly settings: { readonly type: string; readonly [key: string]: unknown };
  readonly cases: { readonly [name in CaseName]: Case | null };
}

/** The time that a case has whose server is silent or too slow, in ms: a handshake of TLS fits in, also beside other tests. */
export const TIMEOUT = 900;
/** The time that the others have: this machine may be busy. */
export const PATIENCE = 3_000;
/** How long the slow server takes. */
export const SLOW = 100;

export interface OverTcp {
  readonly title: string;
  readonly settings: Row['settings'];
  /** What a healthy server does with one connection; `delay` ms before its (last) answer. */
  healthy(socket: Socket, delay: number): void;
  /** What is waited for where a server accepts and says nothing: `the answer`; null: accepting is enough. */
  readonly awaits: string | null;
  /** What is waited for where it is slower than its time, where that is something else. */
  readonly awaitsSlow?: string;
  /** An answer that is wrong, and what is said of it. */
  readonly wrong: { behave(socket: Socket): void; readonly reason: string | RegExp } | null;
  /** Resets, or whatever goes wrong in the middle. Default: reads what is asked, and resets. */
  readonly reset?: { behave(socket: Socket): void; readonly reason: string | RegExp };
  /** An answer that never ends, and what is said of it. */
  readonly endless: { behave(socket: Socket): void; readonly reason: string | RegExp } | null;
}

/** The row of a kind whose server speaks over TCP. */
export function overTcp(kind: OverTcp): Row {
  const timedOut = (awaits: string) => `timed out after ${TIMEOUT}ms waiting for ${awaits}`;
  const reset = kind.reset ?? {
    behave: (socket: Socket) => void socket.once('data', () => cut(socket)),
    reason: 'connection reset by the server',
  };
  const case_ = (behave: (socket: Socket) => void, reason: Case['reason'], atLeast = 0): Case => ({
    serve: () => serve(behave),
    reason,
    atLeast,
  });
  return {
    title: kind.title,
    settings: kind.settings,
    cases: {
      up: case_((socket) => kind.healthy(socket, 0), null),
      'down by refusal': { serve: closedPort, reason: 'connection refused' },
      'down by silence': { serve: full, reason: timedOut('the connection'), atLeast: TIMEOUT - 1 },
      'down by a wrong answer': kind.wrong === null ? null : case_(kind.wrong.behave, kind.wrong.reason),
      // Where accepting is enough there is no answer that could be slow: the kernel accepts.
      'slow, within its time': kind.awaits === null ? null : case_((s) => kind.healthy(s, SLOW), null, SLOW - 1),
      'slower than its time':
        kind.awaits === null
          ? null
          : case_((s) => kind.healthy(s, 5 * TIMEOUT), timedOut(kind.awaitsSlow ?? kind.awaits), TIMEOUT - 1),
      'half-open: accepts and says nothing': case_(() => {}, kind.awaits === null ? null : timedOut(kind.awaits)),
      'reset in the middle': kind.awaits === null ? null : case_(reset.behave, reset.reason),
      'endless answer': kind.endless === null ? null : case_(kind.endless.behave, kind.endless.reason),
    },
  };
}

/** Answers the first bytes that come with `text`, after `delay` ms. */
export const answer = (text: string | Uint8Array) => (socket: Socket, delay: number) => {
  socket.once('data', () => setTimeout(() => socket.writable && socket.end(text), delay));
};

/** Answers with `head`, then writes `piece` again and again. */
export const endlessly = (head: string | Uint8Array, piece: string | Uint8Array) => (socket: Socket) => {
  socket.once('data', () => {
    socket.write(head);
    const timer = setInterval(() => socket.writable && socket.write(piece), 2);
    socket.on('close', () => clearInterval(timer));
  });
};

/** What this machine gives, for real. */
export const HOST: ProbeHost = {
  connectMarked: markedConnector(native),
  datagram: datagramSockets(native),
  runScript: startScript(),
};

/** One attempt with a check as it stands in a file. @throws what the configuration says against it. */
export function attemptOf(
  settings: Row['settings'],
  target: Endpoint,
  timeout = TIMEOUT,
  host: ProbeHost = HOST,
): Promise<ProbeResult> {
  const parsed = check.parse({ interval: `${timeout}ms`, timeout: `${timeout}ms`, ...settings });
  const probe = probeOf(targetOf(target, parsed), parsed);
  return new Promise((resolve) => startProbes(host)(probe, resolve));
}

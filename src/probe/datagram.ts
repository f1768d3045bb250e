import { createSocket, type Socket } from 'node:dgram';
import { isIpv6 } from '../values/ip.js';
import { formatDuration } from '../values/time.js';
import { failed } from './attempt.js';
import { bound, microsSince } from './bound.js';
import type { Base, ProbeHost } from './host.js';
import { type Cancel, type Done, fail, judged, type Verdict } from './result.js';
import { LISTEN_MS, type Unreached } from './unreached.js';

/** What is said over UDP, and what is made of what comes back. */
export interface Exchange {
  readonly request: Uint8Array;
  /** What is waited for, for the message of a timeout. */
  readonly awaits: string;
  /** @returns the verdict as soon as there is one; null to listen on. */
  received(bytes: Uint8Array): Verdict | null;
  /** What it means that nothing (more) came in time. null: a failure that names what was awaited. */
  silent(): Verdict | null;
  /** Where silence may be a success: told of errors, also of those that come after the attempt for a while. */
  readonly unreached?: Unreached;
}

/**
 * Sends one datagram and listens, all within the timeout of `base`. The socket is connected: the kernel gives it only
 * what comes from the target's address and port, and tells of ICMP errors; its own port is the kernel's choice, a random
 * one. Calls `done` once, never from within this call.
 */
export function exchange(base: Base, host: ProbeHost | null, what: Exchange, done: Done): Cancel {
  const started = performance.now();
  let over = false;
  let socket: Socket | null = null;
  const end = (): void => {
    over = true;
    release();
    socket?.close();
  };
  const listenOn = (open: Socket, unreached: Unreached): void => {
    over = true;
    const close = (): void => {
      clearTimeout(timer);
      open.close();
    };
    const timer = setTimeout(() => unreached.listens(() => {}), LISTEN_MS).unref();
    open.unref();
    unreached.listens(close);
  };
  const finish = (verdict: Verdict, silent = false): void => {
    if (over) return;
    if (silent && socket !== null && what.unreached !== undefined) listenOn(socket, what.unreached);
    else end();
    const reason = verdict.ok ? null : verdict.reason;
    const result = { ok: verdict.ok, reason, micros: microsSince(started), ours: !verdict.ok && verdict.ours === true };
    done(verdict.found === undefined ? result : { ...result, found: verdict.found });
  };
  const release = bound(base.timeout, () => {
    const { timeout } = base;
    finish(what.silent() ?? fail(`timed out after ${formatDuration(timeout)} waiting for ${what.awaits}`), true);
  });
  const wrong = (error: unknown): void => {
    const verdict = explained(error as NodeJS.ErrnoException);
    what.unreached?.heard(error as NodeJS.ErrnoException, verdict, performance.now());
    finish(verdict);
  };
  try {
    const six = isIpv6(base.target.address);
    // An address is looked up at once, and not by a thread of the pool; its own, too, which node asks for as well.
    const lookup = (name: string, _: unknown, told: (error: null, address: string, family: number) => void): void =>
      told(null, name, six ? 6 : 4);
    socket = createSocket({ type: six ? 'udp6' : 'udp4', lookup: lookup as never });
    converse(socket, base, host, what, finish, wrong);
  } catch (error) {
    setImmediate(wrong, error);
  }
  return () => {
    if (!over) end();
  };
}

/** What ICMP says about a datagram comes back as an error of the connected socket (udp(7)). */
const explained = (error: NodeJS.ErrnoException): Verdict =>
  error.code === 'ECONNREFUSED' ? fail('port unreachable: nobody listens there') : failed(error);

function converse(
  socket: Socket,
  { target, way }: Base,
  host: ProbeHost | null,
  what: Exchange,
  finish: (verdict: Verdict) => void,
  wrong: (error: unknown) => void,
): void {
  // Stays attached: an error after the end must not become an uncaught one.
  socket.on('error', wrong);
  socket.on('message', (bytes) => {
    const verdict = judged(() => what.received(bytes));
    if (verdict !== null) finish(verdict);
  });
  socket.once('connect', () => socket.send(what.request, (error) => error != null && wrong(error)));
  const connect = (): void => socket.connect(target.port, target.address);
  const open = host?.datagram;
  if (open !== undefined) {
    socket.bind({ fd: open(isIpv6(target.address) ? 6 : 4, way), exclusive: true }, connect);
  } else if (way === null) connect();
  else if (way.mark === null) socket.bind({ port: 0, address: way.bind ?? undefined, exclusive: true }, connect);
  else throw Object.assign(new Error('marks are not supported here'), { code: 'ENOSYS' });
}

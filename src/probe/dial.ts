import { connect, Socket } from 'node:net';
import type { Endpoint } from '../values/endpoint.js';
import type { ProbeHost, Way } from './host.js';
import type { Cancel } from './result.js';

/** What becomes of a connection under way: one of the two, once, never from within {@link dial}. */
export interface Dialled {
  connected(socket: Socket): void;
  /** Also told of every later error of the socket. */
  failed(error: NodeJS.ErrnoException): void;
}

/**
 * Connects to `target` by `way`. The error handler stays attached to the socket: an error after the end must not become
 * an uncaught one.
 * @returns ends the connection under way; a socket that was handed over is the receiver's to end.
 */
export function dial(target: Endpoint, way: Way | null, host: ProbeHost | null, on: Dialled): Cancel {
  if (way !== null && way.mark !== null) return dialMarked(target, way, host, on);
  const socket = connect({
    host: target.address,
    port: target.port,
    autoSelectFamily: false,
    ...(way?.bind == null ? {} : { localAddress: way.bind }),
  });
  let over = false;
  socket.once('connect', () => {
    if (!over) on.connected(socket);
  });
  socket.on('error', (error) => on.failed(error));
  return () => {
    over = true;
    if (socket.connecting) socket.destroy();
  };
}

function dialMarked(target: Endpoint, way: Way, host: ProbeHost | null, on: Dialled): Cancel {
  let over = false;
  const failed = (error: unknown): void => {
    if (!over) on.failed(error as NodeJS.ErrnoException);
  };
  try {
    if (host === null) throw Object.assign(new Error('marks are not supported here'), { code: 'ENOSYS' });
    const stop = host.connectMarked(target, way, (end) => {
      if ('code' in end) return failed(Object.assign(new Error(end.code), { code: end.code }));
      const socket = new Socket({ fd: end.fd });
      socket.on('error', (error) => on.failed(error));
      on.connected(socket);
    });
    return () => {
      over = true;
      stop();
    };
  } catch (error) {
    setImmediate(failed, error);
    return () => {
      over = true;
    };
  }
}

import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { inWords } from '../values/failure.js';
import { MAX_SOCKET_PATH } from './protocol.js';

/** No directord answered, and why. What a directord refuses is an `Outcome`, not this. */
export class ControlError extends Error {
  constructor(
    readonly kind: 'unreachable' | 'permission' | 'not-a-socket' | 'protocol' | 'timeout' | 'lost',
    message: string,
  ) {
    super(message);
    this.name = 'ControlError';
  }
}

/** Connects to the socket at `path`. @throws ControlError that tells a missing daemon from a wrong file or user. */
export async function reach(path: string): Promise<Socket> {
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH || path.includes('\0')) {
    const message = `${path.slice(0, 60)}... is no socket's path: longer than ${MAX_SOCKET_PATH} bytes`;
    throw new ControlError('unreachable', message);
  }
  return new Promise((resolve, reject) => {
    // As the only argument, digits would be a TCP port.
    const socket = connect({ path });
    const refused = (error: NodeJS.ErrnoException): void => reject(whyNot(path, error));
    socket.once('error', refused);
    socket.once('connect', () => {
      socket.off('error', refused);
      resolve(socket);
    });
  });
}

function whyNot(path: string, error: NodeJS.ErrnoException): ControlError {
  switch (error.code) {
    case 'EACCES':
    case 'EPERM':
      return new ControlError('permission', `no permission on ${path}: be root or in group directord`);
    case 'EAGAIN':
      return new ControlError('timeout', `directord on ${path} takes no connection now: is it hung?`);
    case 'ENOTSOCK':
    case 'ECONNREFUSED':
      return wrongFile(path) ?? unreachable(path, error);
    default:
      return unreachable(path, error);
  }
}

/** Linux answers ECONNREFUSED both for a socket that nobody listens on and for a file that is none. */
function wrongFile(path: string): ControlError | null {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isSocket()) return null;
  const kind = found.isDirectory() ? 'a directory' : found.isFile() ? 'a plain file' : 'no socket';
  return new ControlError('not-a-socket', `${path} is ${kind}: directord's control socket is expected there`);
}

function unreachable(path: string, error: NodeJS.ErrnoException): ControlError {
  const message = `directord does not answer on ${path} (${inWords(error)}): is it running? systemctl status directord`;
  return new ControlError('unreachable', message);
}

import { createServer, type Socket } from 'node:net';
import type { Log } from '../values/log.js';
import { type ControlClock, systemClock } from './clock.js';
import { type ControlLimits, defaultLimits, type Peer, serveConnection } from './connection.js';
import { encodeLine } from './protocol.js';
import type { ControlService } from './service.js';
import { bindSocketFile } from './socket-file.js';

export interface ControlServerOptions {
  /** Absolute path of the socket; its directory is made when missing. */
  readonly path: string;
  /** Name or number of the group that may use it besides the daemon's own user. */
  readonly group: string;
  /** The daemon's version, told to every client. */
  readonly version: string;
  readonly service: ControlService;
  readonly log: Log;
  /** Who is at the other end of a connected descriptor (SO_PEERCRED). May throw. */
  readonly peer: (fd: number) => Peer;
  readonly limits?: Partial<ControlLimits>;
  readonly clock?: ControlClock;
}

export interface ControlServer {
  readonly path: string;
  /** Clients connected now. */
  connections(): number;
  /** Stops listening, ends every client with a closing answer, and removes the socket. A second call does nothing. */
  close(): Promise<void>;
}

/**
 * Opens the control socket (0660, daemon's user : `group`).
 * @throws SocketPathError when another daemon answers there, something else is in its place, or the system refuses.
 */
export async function startControlServer(options: ControlServerOptions): Promise<ControlServer> {
  const { log, path, service, version } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const clock = options.clock ?? systemClock;
  const open = new Map<Socket, () => void>();

  // Half-open, so that a client which ends its side after the request (socat, nc) still gets the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    if (open.size >= limits.connections) return turnAway(socket, limits.connections, clock);
    const peer = peerOf(socket, options.peer);
    open.set(socket, serveConnection(socket, { service, version, clock, log, limits, peer }));
    socket.once('close', () => open.delete(socket));
  });
  const file = await bindSocketFile(server, path, options.group, (message) => log.warn({ path }, message));
  server.on('error', (error) => log.error({ path, error }, `control: accepting failed: ${error.message}`));

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    // The file first: whoever comes now shall find no daemon rather than one that does not answer.
    await file.remove().catch((error: Error) => log.warn({ path }, `control: socket not removed: ${error.message}`));
    const gone = [...open.keys()].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const end of open.values()) end();
    await Promise.all([closed, ...gone]);
  };
  return {
    path,
    connections: () => open.size,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function turnAway(socket: Socket, limit: number, clock: ControlClock): void {
  const message = `${limit} clients are connected already: end one (directorctl events?) and try again`;
  socket.on('error', () => {});
  socket.end(encodeLine({ id: null, ok: false, error: { code: 'busy', message } }), () => socket.destroy());
  const cancel = clock.after(500, () => socket.destroy());
  socket.once('close', cancel);
}

function peerOf(socket: Socket, peer: (fd: number) => Peer): Peer | null {
  // Node has no public way to a connection's descriptor; libuv's handle carries it on Linux.
  const fd = (socket as unknown as { _handle?: { fd?: number } })._handle?.fd;
  if (fd === undefined || fd < 0) return null;
  try {
    const { pid, uid } = peer(fd);
    return { pid, uid };
  } catch {
    return null;
  }
}

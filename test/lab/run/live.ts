import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the folders of this user's running labs lie. */
const registry = (): string => join(tmpdir(), `directord-lab-${process.getuid?.() ?? 0}`);

/**
 * A folder that lives as long as this process: whoever connects to `sock` in it knows that the lab runs. A socket, and not a
 * process id, because labs run in process-id namespaces of their own.
 */
export interface LiveDir {
  readonly path: string;
  /** Removes the folder and stops answering. */
  remove(): void;
}

/** Makes a live folder. @param serve what to do with a connection; by default it is closed at once. */
export const makeLiveDir = async (serve: (socket: Socket) => void = (s) => s.destroy()): Promise<LiveDir> => {
  const path = join(registry(), `${process.pid}-${randomBytes(3).toString('hex')}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const server: Server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(join(path, 'sock'), resolve));
  server.unref();
  return {
    path,
    remove: () => {
      server.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
};

/** @returns a connection to the process that a live folder belongs to, null when that is gone. */
export const connectLive = (path: string): Promise<Socket | null> =>
  new Promise((resolve) => {
    const socket = createConnection(join(path, 'sock'));
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(null));
  });

/** Removes the folders of dead labs. @returns the folders of living ones, and how many were removed. */
export const sweep = async (): Promise<{ living: string[]; removed: number }> => {
  const living: string[] = [];
  let removed = 0;
  let names: string[] = [];
  try {
    names = readdirSync(registry());
  } catch {
    return { living, removed };
  }
  for (const name of names.sort()) {
    const path = join(registry(), name);
    const socket = await connectLive(path);
    socket?.destroy();
    if (socket !== null || (await startsJustNow(path))) {
      living.push(path);
    } else {
      rmSync(path, { recursive: true, force: true });
      removed += 1;
    }
  }
  return { living, removed };
};

/** A folder without its socket may belong to a process that is about to listen: it gets a moment. */
const startsJustNow = async (path: string): Promise<boolean> => {
  await new Promise((resolve) => setTimeout(resolve, 300));
  const socket = await connectLive(path);
  socket?.destroy();
  return socket !== null;
};

import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rename, rm, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { MAX_SOCKET_PATH } from './protocol.js';

/** Why the control socket could not be put at its path. */
export class SocketPathError extends Error {
  constructor(
    readonly code: 'live' | 'not-a-socket' | 'too-long' | 'io',
    message: string,
  ) {
    super(message);
    this.name = 'SocketPathError';
  }
}

/** A bound socket's file. */
export interface SocketFile {
  /** Removes it, unless another process has put its own there since. */
  remove(): Promise<void>;
}

/**
 * Binds `server` at `path` with mode 0660 and the given group, replacing the socket of a daemon that is gone.
 *
 * It is bound in a directory of mode 0700 beside the path, gets mode and group there, and is renamed into place: at no
 * time can somebody else connect, and a stale socket is replaced in one step.
 * @param group a name or a number. When it does not exist, or may not be given, `warn` is called and the socket stays
 *   with the daemon's own group.
 * @throws SocketPathError
 */
export async function bindSocketFile(
  server: Server,
  path: string,
  group: string,
  warn: (message: string) => void,
): Promise<SocketFile> {
  const directory = dirname(path);
  // `.dXXXXXX/s` is what the private directory adds.
  const longest = Math.max(Buffer.byteLength(path), Buffer.byteLength(join(directory, '.d123456', 's')));
  if (longest > MAX_SOCKET_PATH) {
    const message = `control socket ${path}: the path is too long, a unix socket's has ${MAX_SOCKET_PATH} bytes at most`;
    throw new SocketPathError('too-long', message);
  }
  try {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    await makeSureNobodyIsThere(path);
    const hidden = await mkdtemp(join(directory, '.d'));
    try {
      const bound = join(hidden, 's');
      await listen(server, bound);
      await giveToGroup(bound, path, group, warn);
      await chmod(bound, 0o660);
      const { ino } = await lstat(bound);
      await rename(bound, path);
      return { remove: () => removeOurs(path, ino) };
    } finally {
      await rm(hidden, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof SocketPathError) throw error;
    throw new SocketPathError('io', `control socket ${path}: ${messageOf(error)}`);
  }
}

async function makeSureNobodyIsThere(path: string): Promise<void> {
  const found = await lstat(path).catch(ignoreMissing);
  if (found === undefined) return;
  if (!found.isSocket()) {
    const kind = found.isDirectory() ? 'a directory' : found.isSymbolicLink() ? 'a symbolic link' : 'a plain file';
    const message = `control socket ${path}: ${kind} is in its place: remove it, or set control.socket to another path`;
    throw new SocketPathError('not-a-socket', message);
  }
  if (await isAnswered(path)) {
    const message = `another directord answers on ${path}: stop it first, or set control.socket to another path`;
    throw new SocketPathError('live', message);
  }
}

/** Whether a process listens there. A full backlog (EAGAIN) is one that lives; only a refusal says that it is gone. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });

async function giveToGroup(bound: string, path: string, group: string, warn: (message: string) => void): Promise<void> {
  const id = await groupId(group);
  if (id === null) {
    return warn(`control socket ${path}: there is no group ${group}: only the daemon's own user and group may use it`);
  }
  try {
    await chown(bound, -1, id);
  } catch (error) {
    const remedy = `give it CAP_CHOWN, or make ${group} one of its own groups`;
    warn(`control socket ${path}: the daemon may not give it to group ${group} (${codeOf(error)}): ${remedy}`);
  }
}

/** @returns the group's number, or null when there is none. Local groups are read directly; others are asked for. */
async function groupId(group: string): Promise<number | null> {
  if (/^\d{1,9}$/.test(group)) return Number(group);
  const local = await readFile('/etc/group', 'utf8').catch(() => '');
  const found = idIn(local, group);
  if (found !== null) return found;
  const asked = await promisify(execFile)('getent', ['group', '--', group], { timeout: 5_000 }).catch(() => null);
  return asked === null ? null : idIn(asked.stdout, group);
}

/** group(5): `name:password:id:members`. */
function idIn(lines: string, group: string): number | null {
  for (const line of lines.split('\n')) {
    const [name, , id] = line.split(':');
    if (name === group && id !== undefined && /^\d+$/.test(id)) return Number(id);
  }
  return null;
}

async function removeOurs(path: string, ino: number): Promise<void> {
  const found = await lstat(path).catch(ignoreMissing);
  if (found?.ino === ino && found.isSocket()) await unlink(path).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? messageOf(error);
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

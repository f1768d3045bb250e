import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, lstatSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { silent } from '../../src/values/log.js';
import { connected, served, tempDir } from './fake-service.js';

const warned = () => {
  const warnings: string[] = [];
  return { warnings, log: { ...silent, warn: (_: object, message: string) => void warnings.push(message) } };
};

/** A socket file that nobody listens on, as a killed daemon leaves it. */
async function staleSocket(path: string): Promise<void> {
  const code = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`;
  await once(spawn(process.execPath, ['-e', code]), 'exit');
  expect(lstatSync(path).isSocket()).toBe(true);
}

describe('the control socket', () => {
  it('is 0660, in a directory made for it, and gone after close', async () => {
    const { path, server } = await served({ path: join(tempDir(), 'run', 'control.sock') });
    expect(statSync(path).mode & 0o7777).toBe(0o660);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o755);
    expect(readdirSync(dirname(path))).toEqual(['control.sock']);
    await server.close();
    expect(readdirSync(dirname(path))).toEqual([]);
    await server.close();
  });

  it.skipIf(process.getuid?.() !== 0)('belongs to the group that it is given to', async () => {
    const { log, warnings } = warned();
    const { path } = await served({ group: 'nogroup', log });
    expect(statSync(path).gid).toBe(65_534);
    expect(warnings).toEqual([]);
  });

  it('stays with the daemon when there is no such group, with one warning', async () => {
    const { log, warnings } = warned();
    const { path } = await served({ group: 'directord-none', log });
    expect(statSync(path).gid).toBe(process.getgid?.());
    const why = "there is no group directord-none: only the daemon's own user and group may use it";
    expect(warnings).toEqual([`control socket ${path}: ${why}`]);
  });

  it('replaces the one of a daemon that is gone', async () => {
    const path = join(tempDir(), 'control.sock');
    await staleSocket(path);
    await served({ path });
    expect((await (await connected(path)).request('ping', {})).ok).toBe(true);
  });

  it('does not replace one that is answered', async () => {
    const { path } = await served();
    await expect(served({ path })).rejects.toMatchObject({
      code: 'live',
      message: `another directord answers on ${path}: stop it first, or set control.socket to another path`,
    });
    expect((await (await connected(path)).request('ping', {})).ok).toBe(true);
  });

  it('does not replace a file, a directory or a symbolic link', async () => {
    const dir = tempDir();
    const path = join(dir, 'control.sock');
    const message = (kind: string) =>
      `control socket ${path}: ${kind} is in its place: remove it, or set control.socket to another path`;
    writeFileSync(path, 'precious');
    await expect(served({ path })).rejects.toMatchObject({ code: 'not-a-socket', message: message('a plain file') });
    expect(statSync(path).size).toBe(8);
    rmSync(path);
    symlinkSync('/nowhere', path);
    await expect(served({ path })).rejects.toMatchObject({ message: message('a symbolic link') });
    await expect(served({ path: dir })).rejects.toMatchObject({ code: 'not-a-socket' });
    expect(readdirSync(dir)).toEqual(['control.sock']);
  });

  it('says so when the path is too long for a socket', async () => {
    const path = join(tempDir(), 'x'.repeat(100));
    await expect(served({ path })).rejects.toMatchObject({
      code: 'too-long',
      message: `control socket ${path}: the path is too long, a unix socket's has 107 bytes at most`,
    });
  });

  it('leaves the socket of another daemon alone when it closes', async () => {
    const { path, server } = await served();
    rmSync(path);
    const other = createServer().listen(path);
    await once(other, 'listening');
    await server.close();
    expect(existsSync(path)).toBe(true);
    other.close();
  });

  it('ends its clients when it closes', async () => {
    const { path, server } = await served();
    const socket = connect(path);
    socket.resume();
    await once(socket, 'data');
    await Promise.all([once(socket, 'close'), server.close()]);
    expect(server.connections()).toBe(0);
  });
});

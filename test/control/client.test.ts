import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectControl } from '../../src/control/client.js';
import { connected, onEnd, served, tempDir, until } from './fake-service.js';

/** A program on a socket that greets as it likes. */
async function program(greet: (socket: Socket) => void): Promise<string> {
  const path = join(tempDir(), 's');
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    greet(socket);
  }).listen(path);
  await once(server, 'listening');
  onEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return path;
}
const hello = '{"hello":"directord","protocol":1,"version":"1.0.0"}\n';

describe('a client that reaches no directord', () => {
  it('says that none runs when there is no socket', async () => {
    const path = join(tempDir(), 'control.sock');
    await expect(connectControl(path)).rejects.toMatchObject({
      kind: 'unreachable',
      message: `directord does not answer on ${path} (no such file): is it running? systemctl status directord`,
    });
  });

  it('says that it is a plain file, or a directory', async () => {
    const dir = tempDir();
    const path = join(dir, 'file');
    writeFileSync(path, '');
    const message = `${path} is a plain file: directord's control socket is expected there`;
    await expect(connectControl(path)).rejects.toMatchObject({ kind: 'not-a-socket', message });
    await expect(connectControl(join(path, 'below'))).rejects.toMatchObject({ kind: 'unreachable' });
    await expect(connectControl(dir)).rejects.toMatchObject({ kind: 'not-a-socket' });
  });

  it('says that the path is too long', async () => {
    await expect(connectControl(`/${'x'.repeat(200)}`)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('says that another program answers', async () => {
    for (const greeting of ['220 mail ESMTP\r\n', '{}\n', '\u0000\u0001\n', '[]\n']) {
      const path = await program((socket) => socket.write(greeting));
      await expect(connectControl(path)).rejects.toMatchObject({
        kind: 'protocol',
        message: `what answers on ${path} does not speak directord's protocol: is it another program's socket?`,
      });
    }
  });

  it('says that the versions differ', async () => {
    const path = await program((socket) => socket.write(hello.replace(':1,', ':2,').replace('1.0.0', '2.0.0')));
    await expect(connectControl(path)).rejects.toMatchObject({
      kind: 'protocol',
      message: 'directord 2.0.0 speaks protocol 2, this directorctl 1: use the directorctl of the same version',
    });
  });

  it('does not wait for ever for a greeting or an answer', async () => {
    const mute = await program(() => {});
    await expect(connectControl(mute, 10)).rejects.toMatchObject({ kind: 'timeout' });
    const path = await program((socket) => socket.write(hello));
    const client = await connected(path);
    await expect(client.request('status', {}, { timeoutMs: 10 })).rejects.toMatchObject({
      kind: 'timeout',
      message: `directord on ${path} gave no answer to status within 0.01 s`,
    });
    await expect(client.request('ping', {})).rejects.toMatchObject({ kind: 'timeout' });
  });
});

describe('a client whose directord goes away', () => {
  it('is told so, in the middle of an answer', async () => {
    const path = await program((socket) => {
      socket.write(hello);
      socket.on('data', () => socket.end('{"id":1,"ok":tr'));
    });
    const client = await connected(path);
    const message = `directord on ${path} closed the connection: did it stop?`;
    await expect(client.request('status', {})).rejects.toMatchObject({ kind: 'lost', message });
  });

  it('is told so when the answer is garbage', async () => {
    const path = await program((socket) => {
      socket.write(hello);
      socket.on('data', () => socket.write('garbage\n'));
    });
    const client = await connected(path);
    await expect(client.request('status', {})).rejects.toMatchObject({ kind: 'protocol' });
  });

  it('is refused, not lost, when the daemon has too many clients', async () => {
    const { path, server } = await served({ limits: { connections: 1 } });
    await connected(path);
    await until(() => server.connections() === 1);
    expect(await connectControl(path)).toMatchObject({ ok: false, code: 'busy' });
  });
});

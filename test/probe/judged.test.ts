import { createSocket } from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { attempt, type Conversation, type ProbeResult } from '../../src/probe/attempt.js';
import { exchange } from '../../src/probe/datagram.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { seconds } from '../../src/values/time.js';
import { serve } from './servers.js';

const stumbles = (): never => {
  throw new RangeError('offset out of range');
};
const ours = { ok: false, ours: true, reason: 'the check itself failed: offset out of range' };

describe('a check that stumbles over an answer', () => {
  it.each([
    ['its bytes', { received: stumbles, ended: () => ({ ok: true }) as const }],
    ['its end', { received: () => null, ended: stumbles }],
  ])('%s: ends as a failure of ours, and the director goes on', async (_, part) => {
    const target = await serve((socket) => socket.end('?'));
    const talk: Conversation = { request: null, awaits: 'it', ...part };
    const result = await new Promise<ProbeResult>((resolve) => {
      attempt({ target, timeout: seconds(5), way: null }, null, talk, resolve);
    });
    expect(result).toMatchObject(ours);
  });

  it('a datagram: the same', async () => {
    const server = createSocket('udp4');
    await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
    server.on('message', (bytes, { address, port }) => server.send(bytes, port, address));
    const target = { address: '127.0.0.1' as Ipv4, port: server.address().port };
    const what = { request: Buffer.from('x'), awaits: 'it', received: stumbles, silent: () => null };
    const result = await new Promise<ProbeResult>((resolve) => {
      exchange({ target, timeout: seconds(5), way: null }, null, what, resolve);
    });
    server.close();
    expect(result).toMatchObject(ours);
  });
});

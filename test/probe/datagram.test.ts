import { createSocket } from 'node:dgram';
import { expect, it } from 'vitest';
import { exchange } from '../../src/probe/datagram.js';
import type { ProbeResult } from '../../src/probe/result.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { millis } from '../../src/values/time.js';

it('leaves its own address to the kernel: a server that is not on this machine is asked as well', async () => {
  const server = createSocket('udp4');
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.2', resolve));
  const from = new Promise<string>((resolve) => {
    server.on('message', (bytes, { address, port }) => {
      resolve(address);
      server.send(bytes, port, address);
    });
  });
  const target = { address: '127.0.0.2' as Ipv4, port: server.address().port };
  const what = { request: Buffer.from('x'), awaits: 'it', received: () => ({ ok: true }) as const, silent: () => null };
  const result = await new Promise<ProbeResult>((resolve) => {
    exchange({ target, timeout: millis(1_000), way: null }, null, what, resolve);
  });
  server.close();
  expect(result.reason).toBeNull();
  expect(await from).toBe('127.0.0.1');
});

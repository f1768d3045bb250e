import { endlessly, overTcp } from '../matrix.js';

/** A payload behind its length and number. */
const packet = (sequence: number, payload: Uint8Array, length = payload.length) =>
  Buffer.concat([Buffer.from([length & 255, (length >> 8) & 255, length >> 16, sequence]), payload]);

const handshake = packet(0, Buffer.concat([Buffer.from([10]), Buffer.from('8.0.36\0'), Buffer.alloc(60)]));

export const mysql = overTcp({
  title: 'mysql',
  settings: { type: 'mysql', user: 'directord' },
  healthy: (socket, delay) => {
    socket.write(handshake);
    socket.once('data', (login) => {
      if (!login.includes('directord\0\0mysql_native_password')) return;
      // Another method first, as MySQL 8 does.
      socket.write(packet(2, Buffer.from('\xfecaching_sha2_password\x00nonce\x00', 'latin1')));
      socket.once('data', () => setTimeout(() => socket.writable && socket.write(packet(4, Buffer.alloc(7))), delay));
    });
  },
  awaits: 'the handshake',
  awaitsSlow: 'the answer to the login',
  wrong: {
    behave: (socket) => void socket.write(packet(0, Buffer.from('\xff\x10\x04Too many connections', 'latin1'))),
    reason: 'the server says "Too many connections" (1040)',
  },
  endless: {
    behave: (socket) => {
      socket.write(packet(0, Buffer.from([10]), 0xffffff));
      endlessly('', 'x'.repeat(1_000))(socket);
    },
    reason: 'not a MySQL packet',
  },
  reset: {
    behave: (socket) => {
      socket.write(handshake);
      socket.once('data', () => socket.resetAndDestroy());
    },
    reason: /^connection (reset by the server|closed before the answer to the login)$/,
  },
});

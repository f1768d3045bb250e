import { answer, endlessly, overTcp } from '../matrix.js';

/** A message: its letter, its length, and what is in it. */
const message = (type: string, body: string | Uint8Array, length = 4 + Buffer.byteLength(body)) => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(length, 1);
  return Buffer.concat([head, Buffer.from(body)]);
};

export const postgresql = overTcp({
  title: 'postgresql',
  settings: { type: 'postgresql' },
  // AuthenticationSASL.
  healthy: answer(message('R', Buffer.from([0, 0, 0, 10, ...Buffer.from('SCRAM-SHA-256\0\0')]))),
  awaits: 'the answer',
  wrong: {
    behave: (socket) => answer(message('E', 'SFATAL\0C57P03\0Mthe database system is starting up\0\0'))(socket, 0),
    reason: 'the server says "the database system is starting up" (57P03)',
  },
  endless: { behave: endlessly(message('R', '', 2 ** 30), 'x'.repeat(1_000)), reason: 'not a PostgreSQL answer' },
});

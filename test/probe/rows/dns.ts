import { A, dnsAnswer, framed } from '../dns-answers.js';
import { endlessly, overTcp, type Row, SLOW, TIMEOUT } from '../matrix.js';
import { cut } from '../servers.js';
import { closedUdpPort, serveBoth, serveUdp } from '../udp-servers.js';

const settings = { type: 'dns', name: 'www.example.org', record: 'A', expect_answers: ['192.0.2.1'] };
const answering = (delay = 0) =>
  serveUdp((asked, reply) => void setTimeout(() => reply(dnsAnswer(asked, { records: [A] })), delay));
const cutOff = (asked: Buffer, reply: (bytes: Uint8Array) => void) => reply(dnsAnswer(asked, { truncated: true }));
const silent = { reason: `timed out after ${TIMEOUT}ms waiting for the answer`, atLeast: TIMEOUT - 1 };

export const dns: Row = {
  title: 'dns',
  settings,
  cases: {
    up: { serve: () => answering(), reason: null },
    'down by refusal': { serve: closedUdpPort, reason: 'port unreachable: nobody listens there' },
    'down by silence': { serve: () => serveUdp(() => {}), ...silent },
    'down by a wrong answer': {
      serve: () => serveUdp((asked, reply) => reply(dnsAnswer(asked, { rcode: 3 }))),
      reason: 'answered nxdomain, expected noerror',
    },
    'slow, within its time': { serve: () => answering(SLOW), reason: null, atLeast: SLOW - 1 },
    'slower than its time': { serve: () => answering(5 * TIMEOUT), ...silent },
    // Its answer is cut off: what follows goes over TCP, within the same time.
    'half-open: accepts and says nothing': {
      serve: () => serveBoth(cutOff, () => {}),
      reason: /^timed out after \d+(us|ms) waiting for the answer by TCP$/,
      atLeast: TIMEOUT - 5,
    },
    'reset in the middle': {
      serve: () => serveBoth(cutOff, (socket) => void socket.once('data', () => cut(socket))),
      reason: 'connection reset by the server',
    },
    'endless answer': {
      // Answers to another question, on and on: they are not listened to.
      serve: () =>
        serveUdp((asked, reply) => {
          const other = dnsAnswer(asked, { records: [A] });
          other.writeUInt16BE((asked.readUInt16BE(0) + 1) & 0xffff, 0);
          for (let i = 0; i < 50; i++) setTimeout(reply, i * 5, other);
        }),
      reason: /^timed out after 900ms waiting for the answer \(\d+ datagrams were none\)$/,
    },
  },
};

export const dnsOverTcp = overTcp({
  title: 'dns over tcp',
  settings: { ...settings, transport: 'tcp' },
  healthy: (socket, delay) =>
    void socket.once('data', (asked: Buffer) => {
      const answer = framed(dnsAnswer(asked.subarray(2), { records: [A] }));
      // In two pieces, the first within the length.
      socket.write(answer.subarray(0, 1));
      setTimeout(() => socket.writable && socket.write(answer.subarray(1)), delay);
    }),
  awaits: 'the answer by TCP',
  wrong: {
    behave: (socket) =>
      void socket.once('data', (asked: Buffer) => socket.write(framed(dnsAnswer(asked.subarray(2), { rcode: 2 })))),
    reason: 'answered servfail, expected noerror',
  },
  endless: {
    behave: endlessly(Buffer.from([0xff, 0xff]), Buffer.alloc(10_000)),
    reason: 'an answer to another question',
  },
});

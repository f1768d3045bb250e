import { type Row, SLOW, TIMEOUT } from '../matrix.js';
import { closedUdpPort, serveUdp } from '../udp-servers.js';

const answering = (text: string, delay = 0) => serveUdp((_, reply) => void setTimeout(reply, delay, text));
const silent = { reason: `timed out after ${TIMEOUT}ms waiting for a reply`, atLeast: TIMEOUT - 1 };

export const udp: Row = {
  title: 'udp',
  settings: { type: 'udp', send: 'ping', expect: '/^pong/' },
  cases: {
    up: { serve: () => answering('pong'), reason: null },
    'down by refusal': { serve: closedUdpPort, reason: 'port unreachable: nobody listens there' },
    'down by silence': { serve: () => serveUdp(() => {}), ...silent },
    'down by a wrong answer': {
      serve: () => answering('error'),
      reason: 'another reply than expected: 5 bytes, 6572726f72',
    },
    'slow, within its time': { serve: () => answering('pong', SLOW), reason: null, atLeast: SLOW - 1 },
    'slower than its time': { serve: () => answering('pong', 5 * TIMEOUT), ...silent },
    // There is no connection that could be half-open, or be reset.
    'half-open: accepts and says nothing': null,
    'reset in the middle': null,
    'endless answer': {
      serve: () => serveUdp((_, reply) => Array.from({ length: 500 }, () => reply('x'.repeat(1_000)))),
      reason: /^another reply than expected: 1000 bytes, 7878/,
    },
  },
};

/** Without a reply asked for: silence is a success, once the time is over. */
export const udpSilence: Row = {
  title: 'udp without a reply',
  settings: { type: 'udp' },
  cases: {
    up: { serve: () => serveUdp(() => {}), reason: null, atLeast: TIMEOUT - 1 },
    'down by refusal': { serve: closedUdpPort, reason: 'port unreachable: nobody listens there' },
    // What is not asked for cannot be missing, wrong, slow or endless: any reply is a success at once.
    'down by silence': null,
    'down by a wrong answer': null,
    'slow, within its time': { serve: () => answering('anything', SLOW), reason: null, atLeast: SLOW - 1 },
    'slower than its time': null,
    'half-open: accepts and says nothing': null,
    'reset in the middle': null,
    'endless answer': null,
  },
};

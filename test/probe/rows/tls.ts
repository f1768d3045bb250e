import { answer, endlessly, overTcp } from '../matrix.js';
import { overTls } from '../tls-servers.js';

export const tls = overTcp({
  title: 'tls',
  settings: { type: 'tls' },
  healthy: (socket, delay) => {
    if (delay === 0) overTls(() => {})(socket);
    else setTimeout(() => overTls(() => {})(socket), delay);
  },
  awaits: 'the TLS handshake',
  wrong: {
    behave: (socket) => answer('HTTP/1.1 400 Bad Request\r\n\r\n')(socket, 0),
    reason: 'not a TLS answer',
  },
  endless: { behave: endlessly('SSH-2.0-x\r\n', 'x'.repeat(10_000)), reason: 'not a TLS answer' },
});

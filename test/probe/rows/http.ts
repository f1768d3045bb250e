import { answer, endlessly, overTcp } from '../matrix.js';
import { cut } from '../servers.js';

export const http = overTcp({
  title: 'http',
  settings: { type: 'http', expect_body: 'well' },
  healthy: answer('HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well'),
  awaits: 'the answer',
  wrong: {
    behave: (socket) => answer('HTTP/1.1 503 Service Unavailable\r\n\r\n')(socket, 0),
    reason: 'status 503, expected 200-299',
  },
  reset: {
    behave: (socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-', () => setTimeout(cut, 20, socket)));
    },
    reason: 'connection reset by the server',
  },
  endless: {
    behave: endlessly('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(10_000)),
    reason: 'body does not contain "well"',
  },
});

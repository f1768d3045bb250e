import { endlessly, overTcp } from '../matrix.js';

export const redis = overTcp({
  title: 'redis',
  settings: { type: 'redis', password: 'secret', role: 'master' },
  healthy: (socket, delay) => {
    socket.once('data', (text) => {
      const asked = '*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nROLE\r\n';
      if (String(text) !== asked) return;
      socket.write('+OK\r\n+PO');
      setTimeout(() => socket.writable && socket.write('NG\r\n*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n'), delay);
    });
  },
  awaits: 'the answer to AUTH',
  awaitsSlow: 'the answer to PING',
  wrong: {
    behave: (socket) => void socket.once('data', () => socket.write('+OK\r\n+PONG\r\n*5\r\n$5\r\nslave\r\n')),
    reason: 'its role is "slave", expected master',
  },
  endless: { behave: endlessly('+OK\r\n+', 'x'.repeat(1_000)), reason: 'a line longer than 1024 bytes' },
});

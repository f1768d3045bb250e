import { overTcp } from '../matrix.js';
import { cut } from '../servers.js';

export const smtp = overTcp({
  title: 'smtp',
  settings: { type: 'smtp', helo_name: 'director.test' },
  healthy: (socket, delay) => {
    socket.write('220 mail.test ESMTP\r\n');
    socket.on('data', (text) => {
      if (String(text) === 'EHLO director.test\r\n')
        setTimeout(() => socket.writable && socket.write('250-mail.test\r\n250 SIZE 1000\r\n'), delay);
    });
  },
  awaits: 'the greeting',
  awaitsSlow: 'the answer to EHLO',
  wrong: {
    behave: (socket) => void socket.write('554 no service\r\n'),
    reason: 'greeted with "554 no service", expected 220',
  },
  reset: {
    behave: (socket) => void socket.write('220-mail', () => setTimeout(cut, 20, socket)),
    reason: 'connection reset by the server',
  },
  endless: {
    behave: (socket) => {
      const timer = setInterval(() => socket.writable && socket.write('220-more\r\n'.repeat(20)), 2);
      socket.on('close', () => clearInterval(timer));
    },
    reason: 'a reply of more than 100 lines',
  },
});

// A server of long-lived connections: says its name to whoever comes, then gives back each line. UDP: answers with its name.
// Arguments: name, port (of TCP and UDP).
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

const [name = '', port = '0'] = process.argv.slice(2);

const server = createServer((socket) => {
  socket.on('error', () => {});
  socket.write(`${name}\n`);
  socket.pipe(socket);
});
const udp = createSocket('udp4');
udp.on('message', (_, from) => udp.send(name, from.port, from.address));
udp.bind(Number(port), () => {
  server.listen(Number(port), '0.0.0.0', 4096, () => process.stdout.write('ready\n'));
});

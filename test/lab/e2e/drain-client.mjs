// Holds connections open from several addresses, has each give back a line once a second, and opens short new ones all the
// while. Arguments: address and port of the service, first client address, how many addresses, connections of each.
// SIGUSR1: prints what became of all as a line of JSON, of the short ones those that were opened since the last time. SIGUSR2: closes the long-lived connections, and prints `closed`.
import { connect } from 'node:net';

const [host = '', port = '0', first = '', addresses = '1', each = '1'] = process.argv.slice(2);
const [, net = '', last = '0'] = /^(.*\.)(\d+)$/.exec(first) ?? [];
const address = (n) => `${net}${Number(last) + n}`;

const held = { byServer: {}, cut: 0, echoes: 0, late: 0 };
let fresh = { byServer: {}, failed: 0 };
const sockets = new Set();
let closing = false;

const count = (where, name) => {
  where[name] = (where[name] ?? 0) + 1;
};

/** Opens one; `named` gets the server's name. */
const open = (from, named, failed) => {
  const socket = connect({ host, port: Number(port), localAddress: from });
  socket.setEncoding('utf8');
  socket.once('data', (text) => named(socket, text.trim()));
  socket.once('error', failed);
  return socket;
};

const hold = (n) =>
  new Promise((resolve) => {
    open(
      address(n % Number(addresses)),
      (socket, name) => {
        count(held.byServer, name);
        sockets.add(socket);
        socket.waiting = false;
        socket.on('data', () => {
          held.echoes += 1;
          socket.waiting = false;
        });
        socket.on('close', () => {
          sockets.delete(socket);
          if (!closing) held.cut += 1;
        });
        resolve();
      },
      () => {
        held.cut += 1;
        resolve();
      },
    );
  });

for (let n = 0; n < Number(addresses) * Number(each); n += 20) {
  await Promise.all(Array.from({ length: 20 }, (_, i) => hold(n + i)));
}

setInterval(() => {
  for (const socket of sockets) {
    if (socket.waiting) held.late += 1;
    socket.waiting = true;
    socket.write('still there?\n');
  }
}, 1_000);

let next = 0;
setInterval(() => {
  next += 1;
  let done = false;
  const mine = fresh;
  open(
    address(next % Number(addresses)),
    (socket, name) => {
      done = true;
      count(mine.byServer, name);
      socket.end();
    },
    () => {
      if (!done) mine.failed += 1;
    },
  );
}, 20);

process.on('SIGUSR1', () => {
  process.stdout.write(`${JSON.stringify({ open: sockets.size, held, fresh })}\n`);
  fresh = { byServer: {}, failed: 0 };
});
process.on('SIGUSR2', () => {
  closing = true;
  for (const socket of sockets) socket.end();
  process.stdout.write('closed\n');
});
process.stdout.write('ready\n');

// Requests, each on a connection of its own, several at once. Arguments: address, port, how many at once, and how long each
// of them rests between two, in ms (0: not at all).
// SIGUSR1: prints what became of those since the last time, as a line of JSON. SIGTERM: the same, after those under way.
import { connect } from 'node:net';

const [host = '', port = '80', parallel = '8', rest = '0'] = process.argv.slice(2);
const REQUEST = `GET / HTTP/1.0\r\nHost: ${host}\r\n\r\n`;
/** A busy machine stalls for a second now and then: that is not failing. */
const TIMEOUT_MS = 5_000;
/** A SYN that was lost is sent again after 1 s: so many took as long, by that or by a stall. */
const SLOW_MS = 900;

let report = { sent: 0, byBody: {}, failed: [], slow: 0 };
let open = 0;
let stopping = false;

const send = () => {
  if (stopping) {
    if (open === 0) {
      process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
    }
    return;
  }
  open += 1;
  // That of its beginning: a request under way is nobody's loss.
  const mine = report;
  let text = '';
  let told = false;
  const from = performance.now();
  const socket = connect({ host, port: Number(port) });
  const tell = (why) => {
    if (told) return;
    told = true;
    clearTimeout(bound);
    socket.destroy();
    open -= 1;
    mine.sent += 1;
    if (performance.now() - from > SLOW_MS) mine.slow += 1;
    const body = /^HTTP\/1\.1 200 [\s\S]*\r\n\r\n(\S+)\n$/.exec(text)?.[1];
    if (body === undefined) mine.failed.push(`${why}: ${text.slice(0, 40)}`);
    else mine.byBody[body] = (mine.byBody[body] ?? 0) + 1;
    if (Number(rest) === 0) setImmediate(send);
    else setTimeout(send, Number(rest));
  };
  const bound = setTimeout(() => tell('timeout'), TIMEOUT_MS);
  socket.setEncoding('utf8');
  socket.on('connect', () => socket.write(REQUEST));
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.on('end', () => tell('ended'));
  socket.on('error', (error) => tell(error.code));
};

process.on('SIGUSR1', () => {
  const last = report;
  report = { sent: 0, byBody: {}, failed: [], slow: 0 };
  // Those that began before are counted before.
  const begun = last.sent + open;
  const timer = setInterval(() => {
    if (last.sent < begun) return;
    clearInterval(timer);
    process.stdout.write(`${JSON.stringify(last)}\n`);
  }, 5);
});
process.on('SIGTERM', () => {
  stopping = true;
});
for (let i = 0; i < Number(parallel); i++) send();
process.stdout.write('ready\n');

// Sends one request every N ms, each on a connection of its own, and prints each result as a line of JSON.
// Arguments: url, everyMs, timeoutMs. Ends at SIGTERM, after the requests under way.
import { get } from 'node:http';

const [url = '', every = '20', timeout = '500'] = process.argv.slice(2);

/** CLOCK_MONOTONIC in ms: the same in every namespace of a kernel. */
const now = () => Number(process.hrtime.bigint()) / 1e6;

let sent = 0;
let open = 0;
let stopping = false;

const finish = () => {
  if (stopping && open === 0) {
    process.exit(0);
  }
};

const send = () => {
  const n = sent++;
  const from = now();
  let told = false;
  open += 1;
  const tell = (result) => {
    if (!told) {
      told = true;
      open -= 1;
      clearTimeout(bound);
      process.stdout.write(`${JSON.stringify({ n, sent: from, done: now(), ...result })}\n`);
      finish();
    }
  };
  const request = get(url, { agent: false }, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (text) => {
      body += text;
    });
    response.on('end', () => tell({ ok: response.statusCode === 200, body: body.trim() }));
    response.on('error', (error) => tell({ ok: false, body: error.message }));
  });
  request.on('error', (error) => tell({ ok: false, body: error.code ?? error.message }));
  const bound = setTimeout(() => {
    tell({ ok: false, body: 'timeout' });
    request.destroy();
  }, Number(timeout));
};

// On a grid: a late turn makes up for what it missed.
const start = now();
const timer = setInterval(
  () => {
    while (!stopping && now() >= start + sent * Number(every)) {
      send();
    }
  },
  Math.max(1, Number(every) / 4),
);
process.on('SIGTERM', () => {
  stopping = true;
  clearInterval(timer);
  finish();
});
process.stdout.write('{"ready":true}\n');

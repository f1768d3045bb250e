import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { StatusReport } from '../core/status.js';
import { type Endpoint, formatEndpoint } from '../values/endpoint.js';
import type { Log } from '../values/log.js';
import { METRICS_TYPE, metrics } from './metrics.js';
import { page, REFRESH_SECONDS } from './page.js';

export interface HttpOptions {
  readonly listen: Endpoint;
  readonly report: () => Promise<StatusReport>;
  /** The wall clock as ISO 8601. */
  readonly wall: () => string;
  readonly log: Log;
  /** How long a request may take to come; three times that an answer waits for its reader. 10 s when left out. */
  readonly patienceMs?: number;
}

export interface HttpListener {
  /** Where it listens, with the port that port 0 became. */
  readonly address: Endpoint;
  close(): Promise<void>;
}

/** Browsers and scrapers; whoever holds more connections waits. */
const CONNECTIONS = 64;
const PATIENCE_MS = 10_000;
const HEADER_BYTES = 8_192;

/** The page loads nothing and runs nothing; nobody keeps or frames it. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
} as const;

interface Body {
  readonly type: string;
  readonly text: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** What there is to get; each reads, nothing changes anything. */
const PATHS: Readonly<Record<string, (report: StatusReport, now: string) => Body>> = {
  '/': (report, now) => ({
    type: 'text/html; charset=utf-8',
    text: page(report, now),
    more: { Refresh: String(REFRESH_SECONDS) },
  }),
  '/metrics': (report) => ({ type: METRICS_TYPE, text: metrics(report) }),
  '/status.json': (report) => ({ type: 'application/json', text: `${JSON.stringify(report)}\n` }),
  '/healthz': (report) => ({ type: 'text/plain; charset=utf-8', text: health(report) }),
};

const health = ({ problems }: StatusReport): string =>
  ['ok', ...problems.map((problem) => `problem: ${problem}`)].map((line) => `${line}\n`).join('');

/**
 * Serves the statistics page, /metrics, /status.json and /healthz over HTTP/1.1: reads only, no password, so it listens
 * where the configuration says and nowhere by itself.
 * @throws Error when the address cannot be bound.
 */
export async function startHttpListener(options: HttpOptions): Promise<HttpListener> {
  const { listen, log, patienceMs: patience = PATIENCE_MS } = options;
  const server = createServer(
    {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: patience,
      requestTimeout: patience,
      keepAliveTimeout: patience,
      connectionsCheckingInterval: patience / 2,
    },
    (request, response) => void answer(request, response, options),
  );
  server.maxConnections = CONNECTIONS;
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    else socket.destroy();
  });
  // Who does not read his answer is not waited for. By the server: for a second request over a connection node puts a
  // time that a socket was given by hand back to none.
  server.setTimeout(3 * patience);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: listen.address, port: listen.port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => log.error({ listen: formatEndpoint(listen) }, `http: ${error.message}`));
  server.unref();
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : listen.port;
  return {
    address: { ...listen, port },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: HttpOptions): Promise<void> {
  response.on('error', () => {});
  // A body is not for us; what comes of one is thrown away.
  request.resume();
  const send = (status: number, body: Body): void => {
    const bytes = Buffer.from(body.text);
    response.writeHead(status, { ...HEADERS, ...body.more, 'Content-Type': body.type, 'Content-Length': bytes.length });
    response.end(request.method === 'HEAD' ? undefined : bytes);
  };
  const plain = (text: string, more: Body['more'] = {}): Body => ({ type: 'text/plain; charset=utf-8', text, more });
  // Not by URL, which throws at what a stranger may send.
  const [pathname = '/'] = (request.url ?? '/').split('?', 1);
  const make = Object.hasOwn(PATHS, pathname) ? PATHS[pathname] : undefined;
  if (make === undefined) return send(404, plain(`there is ${Object.keys(PATHS).join(', ')}\n`));
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(405, plain('GET only\n', { Allow: 'GET, HEAD' }));
  try {
    send(200, make(await options.report(), options.wall()));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    options.log.warn({ path: pathname }, `http: no answer: ${why}`);
    if (!response.headersSent) send(503, plain('directord cannot tell its state right now\n'));
  }
}

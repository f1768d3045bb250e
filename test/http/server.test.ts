import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type HttpListener, startHttpListener } from '../../src/http/server.js';
import type { Endpoint } from '../../src/values/endpoint.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { report } from './report.js';

const log = { debug() {}, info() {}, warn() {}, error() {} };
let listener: HttpListener | null = null;
afterEach(async () => {
  await listener?.close();
  listener = null;
});

async function open(given: () => Promise<typeof report> = async () => report, patienceMs?: number): Promise<string> {
  const listen: Endpoint = { address: '127.0.0.1' as Ipv4, port: 0 };
  const patience = patienceMs === undefined ? {} : { patienceMs };
  listener = await startHttpListener({
    listen,
    report: given,
    log,
    wall: () => '2026-01-01T00:00:10.000Z',
    ...patience,
  });
  return `http://127.0.0.1:${listener.address.port}`;
}

/** What a raw text gets, until the server closes. */
async function raw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let got = '';
  socket.setEncoding('latin1').on('data', (piece) => {
    got += piece;
  });
  socket.on('error', () => {});
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve));
  return got;
}

it('answers with the page, the metrics, the status and the health, and lets nobody keep or frame them', async () => {
  const url = await open();
  const page = await fetch(url);
  expect([page.status, page.headers.get('refresh'), page.headers.get('cache-control')]).toEqual([200, '5', 'no-store']);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('directord_info{');
  expect(await (await fetch(`${url}/status.json`)).json()).toEqual(JSON.parse(JSON.stringify(report)));
  expect(await (await fetch(`${url}/healthz`)).text()).toBe('ok\nproblem: a & b\n');
});

it('knows no other path and no other method', async () => {
  const url = await open();
  expect((await fetch(`${url}/etc/passwd`)).status).toBe(404);
  expect((await fetch(`${url}/__proto__`)).status).toBe(404);
  expect((await fetch(url, { method: 'POST', body: 'x'.repeat(100_000) })).status).toBe(405);
  expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).not.toBe('0');
});

it('says 503 when the state cannot be told, and goes on', async () => {
  let broken = true;
  const url = await open(async () => {
    if (broken) throw new Error('no table');
    return report;
  });
  expect((await fetch(`${url}/healthz`)).status).toBe(503);
  broken = false;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it('turns away what is no HTTP, and a header without end', async () => {
  const url = await open();
  expect(await raw(url, 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  expect(await raw(url, `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4/);
  expect(await raw(url, 'GET //[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 (400|404) /);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

it.each([1, 2])('waits no longer for one who does not read the answer to his request number %i', async (number) => {
  const large = { ...report, routerId: 'x'.repeat(20_000_000) };
  const url = await open(async () => large, 200);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let closed = false;
  socket
    .on('error', () => {})
    .on('close', () => {
      closed = true;
    });
  const get = (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  if (number === 2) {
    get('/nothing');
    await new Promise((resolve) => socket.once('data', resolve));
  }
  socket.pause();
  get('/status.json');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  // What the kernel holds for him comes, and then the end.
  let got = 0;
  socket.on('data', (piece) => {
    got += piece.length;
  });
  socket.resume();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(closed).toBe(true);
  expect(got).toBeLessThan(20_000_000);
  socket.destroy();
});

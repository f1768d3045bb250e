import { describe, expect, it } from 'vitest';
import type { ServerRows } from '../../src/control/protocol.js';
import type { TouchedServer } from '../../src/control/service.js';
import type { DirectorEvent } from '../../src/core/status.js';
import { connected, event, onEnd, row, served, until, VirtualClock } from './fake-service.js';

describe('a client of the control socket', () => {
  it('gets the status, the version and a pong', async () => {
    const { path, service } = await served();
    const client = await connected(path);
    expect(client.version).toBe('1.2.3');
    expect(await client.request('ping', {})).toEqual({ ok: true, value: {} });
    expect(await client.request('version', {})).toEqual({ ok: true, value: { version: '1.2.3', protocol: 1 } });
    expect(await client.request('status', {})).toEqual({ ok: true, value: service.report });
  });

  it('drains a server, sees it, and takes the drain back', async () => {
    const { path } = await served();
    const client = await connected(path);
    const selector = { address: '172.28.128.110' };
    const drained = { ok: true, value: { servers: [row()] } };
    expect(await client.request('drain', selector)).toEqual(drained);
    expect(await client.request('servers', selector)).toEqual(drained);
    const back = row({ admin: 'ready', effectiveWeight: 1 });
    expect(await client.request('undrain', selector)).toEqual({ ok: true, value: { servers: [back] } });
  });

  it('is told in one sentence why a verb is refused', async () => {
    const { path } = await served();
    const client = await connected(path);
    expect(await client.request('drain', { address: '10.9.9.9' })).toEqual({
      ok: false,
      code: 'unknown-server',
      message: 'no server 10.9.9.9: there is 172.28.128.110:80',
    });
  });

  it('is answered when the director itself throws', async () => {
    const { path, service } = await served();
    service.status = () => Promise.reject(new Error('the table could not be read'));
    const client = await connected(path);
    expect(await client.request('status', {})).toEqual({
      ok: false,
      code: 'internal',
      message: 'status failed inside directord: the table could not be read',
    });
  });

  it('gets past events first and then what happens, without a gap', async () => {
    const { path, service } = await served();
    for (const n of [1, 2, 3]) service.emit(event(n));
    const client = await connected(path);
    const seen: DirectorEvent[] = [];
    const stream = client.request(
      'events',
      { recent: 2, follow: true },
      { onItem: (e) => seen.push(e), timeoutMs: null },
    );
    stream.catch(() => {});
    await until(() => seen.length === 2);
    service.emit(event(4));
    await until(() => seen.length === 3);
    expect(seen.map((e) => e.sequence)).toEqual([2, 3, 4]);
    client.close();
    await until(() => service.listeners.size === 0, 'the end of the subscription');
  });

  it('gets past events only where it does not follow', async () => {
    const { path, service } = await served();
    service.emit(event(1));
    const client = await connected(path);
    const seen: DirectorEvent[] = [];
    const end = await client.request('events', { recent: 20, follow: false }, { onItem: (e) => seen.push(e) });
    expect(end).toEqual({ ok: true, value: {} });
    expect(seen).toEqual([event(1)]);
  });

  it('may ask several things at once', async () => {
    const { path } = await served();
    const client = await connected(path);
    const all = await Promise.all([
      client.request('ping', {}),
      client.request('status', {}),
      client.request('ping', {}),
    ]);
    expect(all.map((one) => one.ok)).toEqual([true, true, true]);
  });
});

describe('drain and wait', () => {
  async function waiting(
    counts: readonly (readonly [active: number, persistent: number])[],
    timeoutMs = 60_000,
    over: Partial<TouchedServer> = {},
  ) {
    const clock = new VirtualClock();
    const { path, service, server } = await served({ clock });
    const rowsOf = ([activeConnections, persistentConnections]: readonly [number, number]) => [
      row({ activeConnections, persistentConnections, ...over }),
    ];
    service.rows = rowsOf(counts[0] ?? [0, 0]);
    let n = 0;
    service.onRead = () => {
      n += 1;
      service.rows = rowsOf(counts[Math.min(n, counts.length - 1)] ?? [0, 0]);
    };
    const client = await connected(path);
    const seen: ServerRows[] = [];
    const options = { onItem: (item: ServerRows) => seen.push(item), timeoutMs: null };
    const done = client.request('drain', { address: '172.28.128.110', wait: true, timeoutMs }, options);
    done.catch(() => {});
    await until(() => seen.length === 1, 'the first rows');
    return { clock, done, seen, service, client, server };
  }
  const active = (seen: readonly ServerRows[]) => seen.map((item) => item.servers[0]?.activeConnections);

  it('streams each change of the counts until no connection is left', async () => {
    const { clock, done, seen } = await waiting([
      [3, 0],
      [3, 0],
      [2, 0],
      [2, 0],
      [0, 0],
    ]);
    await clock.pass(1_000);
    expect(await done).toEqual({ ok: true, value: { servers: [row()] } });
    expect(active(seen)).toEqual([3, 2, 0]);
  });

  it('waits for persistence templates too, which would send clients back', async () => {
    const { clock, done, seen } = await waiting([
      [0, 2],
      [0, 1],
      [0, 0],
    ]);
    await clock.pass(1_000);
    expect((await done).ok).toBe(true);
    expect(seen.map((item) => item.servers[0]?.persistentConnections)).toEqual([2, 1, 0]);
  });

  it('does not take a server for idle while connections are still being opened: a second long', async () => {
    const again = await waiting([[0, 0]], 60_000, { inactiveConnections: 2 });
    let ended = false;
    void again.done.then(() => {
      ended = true;
    });
    await again.clock.pass(900);
    expect(ended).toBe(false);
    await again.clock.pass(200);
    expect((await again.done).ok).toBe(true);
  });

  it('fails when time is up and says what is left', async () => {
    const { clock, done } = await waiting([[3, 1]], 5_000);
    await clock.pass(5_000);
    expect(await done).toEqual({
      ok: false,
      code: 'timeout',
      message: 'time is up with 3 active and 1 persistent on 172.28.128.110:80 in web: still drained',
    });
  });

  it('ends when somebody takes the drain back', async () => {
    const { clock, done, service } = await waiting([[3, 0]]);
    service.onRead = () => {};
    await service.undrain({ address: '172.28.128.110' });
    await clock.pass(250);
    const message = '172.28.128.110:80 in web was undrained meanwhile: no longer waiting';
    expect(await done).toEqual({ ok: false, code: 'undrained', message });
  });

  it('does not wait for a server of another service that a reload brings, and does not disable it', async () => {
    const { path, service } = await served({ limits: { pollMs: 5 } });
    const client = await connected(path);
    const other = row({ service: 'other', admin: 'ready', effectiveWeight: 1, activeConnections: 7 });
    for (const disable of [false, true]) {
      service.rows = [row({ activeConnections: 1, effectiveWeight: 0 })];
      const done = client.request('drain', { address: '172.28.128.110', wait: true, disable });
      let reads = 0;
      service.onRead = () => {
        reads += 1;
        if (reads === 2) service.rows = [...service.rows, other];
        if (reads === 4) service.rows = [row(), other];
      };
      const message = 'nothing was disabled: 172.28.128.110:80 in other is not drained, and is called so as well';
      expect(await done).toMatchObject(
        disable ? { ok: false, code: 'undrained', message } : { ok: true, value: { servers: [{ service: 'web' }] } },
      );
    }
    expect(service.insteadOfDrain).toEqual([]);
  });

  it('is told when the daemon stops, and that the drain stays', async () => {
    const { done, server } = await waiting([[3, 0]]);
    const closed = server.close();
    const message = 'directord stops; 172.28.128.110:80 in web stays drained';
    expect(await done).toEqual({ ok: false, code: 'stopping', message });
    await closed;
  });

  it('looks at the table no more once the client is gone', async () => {
    const { clock, client, service } = await waiting([[3, 0]]);
    client.close();
    let reads = 0;
    service.onRead = () => {
      reads += 1;
    };
    onEnd(() => {});
    await new Promise((resolve) => setTimeout(resolve, 20));
    await clock.pass(10_000);
    expect(reads).toBe(0);
  });
});

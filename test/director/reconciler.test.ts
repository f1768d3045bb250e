import { describe, expect, it } from 'vitest';
import { type DesiredService, PLAIN_SERVICE, plainServer, type TableChange } from '../../src/core/ipvs/table.js';
import { Owned } from '../../src/director/owned.js';
import { Reconciler } from '../../src/director/reconciler.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimIpvs } from '../../src/sim/ipvs.js';
import { SimProcess } from '../../src/sim/process.js';
import type { Failure } from '../../src/values/failure.js';
import { type Ipv4, ipv4FromNumber } from '../../src/values/ipv4.js';
import type { Log } from '../../src/values/log.js';
import { serviceId } from '../../src/values/service-key.js';
import { instant, micros, millis, seconds } from '../../src/values/time.js';
import { MemoryStore } from './harness.js';

const key = (n: number) => ({ protocol: 'tcp' as const, address: ipv4FromNumber(0x0a000000 + n), port: 80 });
const id = (n: number): string => serviceId(key(n));
const server = (s: number, r: number) => ({ address: ipv4FromNumber(0x0b000000 + s * 256 + r), port: 80 });

/** A table of `services` × `servers`, and a reconciler that keeps it. */
async function rig(
  services: number,
  servers = 2,
  options: { scheduler?: (n: number) => string; dumpFault?: Failure } = {},
) {
  const clock = new VirtualClock(instant(0));
  clock.during(new Promise(() => {}));
  const ipvs = new SimIpvs({ schedulers: ['rr', 'wrr'] });
  ipvs.dumpFault = options.dumpFault ?? null;
  const wanted = new Map<string, DesiredService>();
  for (let n = 1; n <= services; n++) {
    const rows = Array.from({ length: servers }, (_, r) => ({ key: server(n, r + 1), settings: plainServer('dr', 1) }));
    const settings = { ...PLAIN_SERVICE, scheduler: options.scheduler?.(n) ?? 'rr' };
    wanted.set(id(n), { key: key(n), settings, servers: rows });
  }
  const store = new MemoryStore();
  const lines: string[] = [];
  const line = (level: string) => (_: object, text: string) => void lines.push(`${level} ${text}`);
  const log: Log = { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
  const asked: (readonly string[])[] = [];
  const exchanges = { applies: 0, reads: 0 };
  const looks = { count: 0 };
  const { apply, read } = ipvs;
  ipvs.apply = (changes) => {
    exchanges.applies += 1;
    return apply.call(ipvs, changes);
  };
  ipvs.read = (keys) => {
    exchanges.reads += 1;
    return read.call(ipvs, keys);
  };
  const reconciler = new Reconciler({
    clock,
    alarms: new SimProcess(clock),
    later: (call) => void clock.at(clock.now(), call),
    log,
    table: ipvs,
    owned: await Owned.load(store, log),
    interval: () => seconds(1),
    keys: () => {
      // A loop that never lets others have their turn would hang the test instead of failing it.
      looks.count += 1;
      if (looks.count > 100_000) throw new Error('looks without an end');
      return new Map([...wanted].map(([each, { key: k }]) => [each, k]));
    },
    desired: (ids) => {
      asked.push(ids);
      return ids.flatMap((each) => wanted.get(each) ?? []);
    },
    adopt: () => {},
    happened: (what, reason) => void lines.push(`event ${what}${reason === null ? '' : ` ${reason}`}`),
  });
  /** Another weight for the first server of a service. */
  const weigh = (n: number, weight: number): void => {
    const service = wanted.get(id(n)) as DesiredService;
    const [first, ...rest] = service.servers;
    if (first === undefined) throw new Error('no server');
    wanted.set(id(n), { ...service, servers: [{ key: first.key, settings: plainServer('dr', weight) }, ...rest] });
  };
  const settle = async (work: Promise<void>): Promise<void> => {
    let over = false;
    void work.then(() => {
      over = true;
    });
    for (let n = 0; n < 1_000 && !over; n++) await clock.advance(micros(1));
    if (!over) throw new Error('not settled');
  };
  await settle(reconciler.changed());
  return { clock, ipvs, wanted, reconciler, lines, asked, exchanges, looks, weigh, settle, store };
}

const standing = (ipvs: SimIpvs): number => ipvs.table.reduce((n, { servers }) => n + servers.length, 0);

describe('a change of one service among a thousand', () => {
  it('is decided, planned and applied for that one alone, without reading the table', async () => {
    const { ipvs, reconciler, asked, exchanges, weigh, settle } = await rig(1_000, 1);
    expect(standing(ipvs)).toBe(1_000);
    asked.length = 0;
    ipvs.tried.length = 0;
    const before = { ...exchanges, dumps: ipvs.dumps };
    weigh(700, 0);
    await settle(reconciler.changed([key(700)]));
    expect(asked).toEqual([[id(700)]]);
    expect(ipvs.tried).toEqual([
      { kind: 'editServer', service: key(700), server: server(700, 1), settings: plainServer('dr', 0) },
    ]);
    expect({ ...exchanges, dumps: ipvs.dumps }).toEqual({ ...before, applies: before.applies + 1 });
  });

  it('goes before the rest of a change of everything', async () => {
    const { ipvs, reconciler, wanted, weigh, settle } = await rig(300);
    for (const [each, service] of wanted)
      wanted.set(each, { ...service, settings: { ...PLAIN_SERVICE, scheduler: 'wrr' } });
    ipvs.tried.length = 0;
    const all = reconciler.changed();
    weigh(300, 0);
    await settle(reconciler.changed([key(300)]));
    await settle(all);
    expect(ipvs.tried.findIndex((change) => change.kind === 'editServer')).toBeLessThan(3);
    expect(ipvs.table.every((service) => service.settings.scheduler === 'wrr')).toBe(true);
    expect(ipvs.tried).toHaveLength(301);
  });

  it('of which what is refused is read again; the others are not', async () => {
    const { ipvs, reconciler, exchanges, weigh, settle } = await rig(100);
    ipvs.fault = (change) =>
      'address' in change.service && change.service.address === key(3).address ? 'ENOMEM' : null;
    ipvs.reads = 0;
    const { applies } = exchanges;
    for (const n of [2, 3, 4]) weigh(n, 7);
    await settle(reconciler.changed([key(2), key(3), key(4)]));
    expect(exchanges.applies - applies).toBe(1);
    expect(ipvs.reads).toBe(1);
    const weights = ipvs.table.slice(0, 5).map((service) => service.servers[0]?.weight);
    expect(weights).toEqual([1, 7, 1, 7, 1]);
  });
});

describe('what the kernel refuses', () => {
  it('waits for itself, longer each time, while the rest is applied at once; it is shown, and told once', async () => {
    const { ipvs, reconciler, clock, lines, weigh, settle } = await rig(200, 2, {
      scheduler: (n) => (n === 50 ? 'maglev' : 'rr'),
    });
    expect(ipvs.table).toHaveLength(199);
    expect(reconciler.problems.join()).toContain('scheduler `maglev` is not in this kernel; modprobe ip_vs_maglev');
    expect(reconciler.problems).toHaveLength(3);
    ipvs.tried.length = 0;
    weigh(60, 5);
    await settle(reconciler.changed([key(60)]));
    expect(ipvs.tried).toHaveLength(1);
    ipvs.tried.length = 0;
    await clock.advance(seconds(60));
    const tries = ipvs.tried.filter((change: TableChange) => change.kind === 'addService').length;
    expect(tries).toBe(7);
    expect(lines.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });

  it('is tried at once when it is to be something else, and is no problem then', async () => {
    const { ipvs, reconciler, wanted, lines, settle } = await rig(10, 2, {
      scheduler: (n) => (n === 5 ? 'maglev' : 'rr'),
    });
    const service = wanted.get(id(5)) as DesiredService;
    wanted.set(id(5), { ...service, settings: { ...PLAIN_SERVICE, scheduler: 'wrr' } });
    await settle(reconciler.changed());
    expect(ipvs.table).toHaveLength(10);
    expect(reconciler.problems).toEqual([]);
    expect(lines.at(-1)).toBe('event recovered');
  });

  it('is not tried with every change of something else', async () => {
    const { ipvs, reconciler, settle } = await rig(10, 2, { scheduler: (n) => (n === 5 ? 'maglev' : 'rr') });
    ipvs.tried.length = 0;
    for (let n = 0; n < 5; n++) await settle(reconciler.changed());
    expect(ipvs.tried).toEqual([]);
  });
});

describe('a table that cannot be read', () => {
  const dumpFault: Failure = { what: 'ipvs.dump', code: 'no-ipvs', detail: 'this kernel has no IPVS' };

  it('is no business of a configuration that has no service any more: no problem, and nothing is tried', async () => {
    const { ipvs, reconciler, clock, wanted, looks, settle } = await rig(2, 2, { dumpFault });
    expect(reconciler.problems).toHaveLength(1);
    await clock.advance(seconds(20));
    wanted.clear();
    looks.count = 0;
    await settle(reconciler.changed());
    const { dumps } = ipvs;
    await clock.advance(seconds(60));
    expect(looks.count).toBeLessThan(1_000);
    expect(reconciler.problems).toEqual([]);
    expect(ipvs.dumps).toBe(dumps);
  });
});

describe('drift', () => {
  it('of a large table is found a few services at a time, 2,000 rows a second', async () => {
    const { ipvs, clock, exchanges, lines } = await rig(300, 10);
    await clock.advance(seconds(2));
    const before = { reads: exchanges.reads, services: ipvs.reads };
    await clock.advance(seconds(3));
    const services = ipvs.reads - before.services;
    expect(services).toBeGreaterThanOrEqual(500);
    expect(services).toBeLessThanOrEqual(600);
    expect(services / (exchanges.reads - before.reads)).toBeLessThanOrEqual(19);
    ipvs.meddle([{ kind: 'removeServer', service: key(221), server: server(221, 4) }]);
    await clock.advance(millis(1_700));
    expect(standing(ipvs)).toBe(3_000);
    expect(lines.at(-1)).toBe(`event repaired add 11.0.221.4:80 to ${id(221)} (dr, weight 1)`);
  });

  it('that took everything is repaired at once when the first of it is found', async () => {
    const { ipvs, clock } = await rig(300, 10);
    await clock.advance(seconds(2));
    ipvs.meddle();
    await clock.advance(millis(200));
    expect(standing(ipvs)).toBeGreaterThan(100);
    await clock.advance(seconds(2));
    expect(standing(ipvs)).toBe(3_000);
  });

  it('is not looked for while something in a hurry is under way, and found in pieces as small as ever after that', async () => {
    const { ipvs, clock, exchanges, reconciler, weigh, settle } = await rig(300, 10);
    await clock.advance(seconds(2));
    reconciler.rest(true);
    await clock.advance(millis(500));
    ipvs.meddle([{ kind: 'removeServer', service: key(221), server: server(221, 4) }]);
    const before = { reads: exchanges.reads, services: ipvs.reads };
    await clock.advance(seconds(20));
    expect(exchanges.reads).toBe(before.reads);
    weigh(3, 7);
    await settle(reconciler.changed([key(3)]));
    expect(ipvs.table.find((s) => serviceId(s.key) === id(3))?.servers.some((row) => row.weight === 7)).toBe(true);
    reconciler.rest(false);
    await clock.advance(seconds(3));
    expect(standing(ipvs)).toBe(3_000);
    expect((ipvs.reads - before.services) / (exchanges.reads - before.reads)).toBeLessThanOrEqual(20);
  });

  it('of a service in a small table is found within the interval', async () => {
    const { ipvs, clock } = await rig(20, 2);
    ipvs.meddle([{ kind: 'removeService', service: key(20) }]);
    await clock.advance(millis(1_050));
    expect(standing(ipvs)).toBe(40);
  });
});

describe('services that leave the configuration', () => {
  it('are removed, one change each, and are not ours any more; those of others stay', async () => {
    const { ipvs, reconciler, wanted, store, settle } = await rig(5);
    const foreign = { protocol: 'udp', address: '10.9.9.9' as Ipv4, port: 53 } as const;
    ipvs.meddle([{ kind: 'addService', service: foreign, settings: { ...PLAIN_SERVICE, scheduler: 'rr' } }]);
    ipvs.tried.length = 0;
    wanted.delete(id(2));
    await settle(reconciler.changed());
    expect(ipvs.tried).toEqual([{ kind: 'removeService', service: key(2) }]);
    await reconciler.stop('leave');
    expect(JSON.parse(store.files.get('services.json') ?? '').services).toEqual([1, 3, 4, 5].map(id));
    expect(ipvs.table.map((s) => serviceId(s.key))).toEqual([...[1, 3, 4, 5].map(id), 'udp/10.9.9.9:53']);
  });

  it('and one server that leaves is one change', async () => {
    const { ipvs, reconciler, wanted, settle } = await rig(50, 10);
    const service = wanted.get(id(7)) as DesiredService;
    ipvs.tried.length = 0;
    wanted.set(id(7), { ...service, servers: service.servers.slice(1) });
    await settle(reconciler.changed());
    expect(ipvs.tried).toEqual([{ kind: 'removeServer', service: key(7), server: server(7, 1) }]);
  });

  it('a service that is new in the file and stands already is put right, not refused', async () => {
    const { ipvs, reconciler, wanted, settle } = await rig(3);
    const service = { ...(wanted.get(id(3)) as DesiredService), key: key(9) };
    ipvs.meddle([{ kind: 'addService', service: key(9), settings: { ...PLAIN_SERVICE, scheduler: 'wrr' } }]);
    wanted.set(id(9), service);
    ipvs.tried.length = 0;
    await settle(reconciler.changed());
    expect(ipvs.tried.map((change) => change.kind)).toEqual(['editService', 'addServer', 'addServer']);
  });
});

describe('counters', () => {
  it('are read when they are older than wanted, of the services that are asked for', async () => {
    const { ipvs, reconciler, clock, settle } = await rig(100);
    await clock.advance(millis(500));
    ipvs.observe(key(5), server(5, 1), { activeConnections: 3 });
    ipvs.reads = 0;
    await settle(reconciler.fresh(millis(200), [key(5)]));
    expect(ipvs.reads).toBe(1);
    const row = reconciler.actual.find((service) => serviceId(service.key) === id(5))?.servers[0];
    expect(row?.activeConnections).toBe(3);
    await settle(reconciler.fresh(millis(200), [key(5)]));
    expect(ipvs.reads).toBe(1);
    await settle(reconciler.fresh(millis(200)));
    expect(ipvs.reads).toBe(100);
  });
});

describe('stopping', () => {
  it('ends what waits, and clears what is ours', async () => {
    const { ipvs, reconciler, settle } = await rig(5);
    const waiting = reconciler.changed();
    await settle(reconciler.stop('clear'));
    await waiting;
    expect(ipvs.table).toEqual([]);
    await reconciler.changed();
  });
});

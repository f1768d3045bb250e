import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import type { BadPacket } from '../../../src/core/vrrp/advert.js';
import { KernelAddresses } from '../../../src/kernel/addresses.js';
import { KernelAlarms, KernelClock } from '../../../src/kernel/clock.js';
import { KernelLans } from '../../../src/kernel/lan.js';
import { native } from '../../../src/kernel/native.js';
import { KernelPacketFilter } from '../../../src/kernel/packet-filter.js';
import { KernelVirtualMacs } from '../../../src/kernel/virtual-mac.js';
import { KernelWays } from '../../../src/kernel/ways.js';
import type { Announcer, Lan } from '../../../src/ports/lan.js';
import type { Failure } from '../../../src/values/failure.js';
import type { Ip } from '../../../src/values/ip.js';
import { after, between, millis, toMillis } from '../../../src/values/time.js';
import type { Calls, Heard, Request } from './agent-protocol.js';

/** A call may take its time. */
type Implementation = {
  readonly [K in keyof Calls]: (...args: Parameters<Calls[K]>) => ReturnType<Calls[K]> | Promise<ReturnType<Calls[K]>>;
};

const clock = new KernelClock();
const alarms = new KernelAlarms();
const addresses = new KernelAddresses();
const filter = new KernelPacketFilter();
const macs = new KernelVirtualMacs((failure) => process.stderr.write(`${JSON.stringify(failure)}\n`));
let lan: Lan | null = null;
let announcer: Announcer | null = null;
const ways = new KernelWays();
let changes = 0;
let losses = 0;
let heard = nothingHeard();

function nothingHeard() {
  return {
    adverts: [] as Heard['adverts'][number][],
    dropped: {} as Partial<Record<BadPacket, number>>,
    droppedFrom: new Set<Ip | null>(),
    failed: [] as Failure[],
    unreachable: [] as Ip[],
  };
}

const multicast = (virtualRouterId: number) => ({ virtualRouterId, version: 2, family: 4, unicast: null }) as const;

function opened(): Lan {
  if (lan === null) throw new Error('no lan is open');
  return lan;
}

const beat: Implementation['beat'] = (advert, source, everyMs, times) =>
  new Promise((resolve) => {
    const lateMs: number[] = [];
    const failures: Failure[] = [];
    const before = process.memoryUsage();
    const cpu = process.cpuUsage();
    const start = clock.now();
    let due = after(start, millis(everyMs));
    const alarm = alarms.alarm(() => {
      const failure = opened().send(advert, source);
      lateMs.push(toMillis(between(due, clock.now())));
      if (failure !== null) failures.push(failure);
      due = after(due, millis(everyMs));
      if (lateMs.length < times) return alarm.set(due);
      alarm.close();
      const used = process.cpuUsage(cpu);
      const now = process.memoryUsage();
      resolve({
        lateMs,
        failures,
        cpu: (used.user + used.system) / between(start, clock.now()),
        rssBefore: before.rss,
        rssAfter: now.rss,
        heapBefore: before.heapUsed,
        heapAfter: now.heapUsed,
      });
    });
    alarm.set(due);
  });

const flood: Implementation['flood'] = (interfaceName, packets, rate, forMs) =>
  new Promise((resolve) => {
    const fd = native.socket(2, 3, 255);
    native.setOption(fd, 1, 25, new TextEncoder().encode(`${interfaceName}\0`));
    native.setOption(fd, 1, 32, 8 << 20);
    native.setOption(fd, 0, 34, 0);
    const index = new Uint8Array(12);
    new Int32Array(index.buffer)[2] = native.interfaceIndex(interfaceName);
    native.setOption(fd, 0, 32, index);
    const kinds = packets.map((hex) => Buffer.from(hex, 'hex'));
    const perTurn = Math.ceil(rate / 1000);
    const bursts = kinds.map((packet) => Buffer.concat(Array.from({ length: perTurn }, () => packet)));
    const to = new Uint8Array([2, 0, 0, 0, 224, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0, 0]);
    const start = clock.now();
    let due = start;
    let sent = 0;
    let turn = 0;
    const alarm = alarms.alarm(() => {
      const now = clock.now();
      // As many as are due by now: after a late turn the rate is caught up with.
      while (between(due, now) >= 0) {
        const i = turn++ % kinds.length;
        sent += native.sendMany(fd, bursts[i] as Buffer, (kinds[i] as Buffer).length, perTurn, to);
        // Once is once, however late the turn.
        due = after(forMs === 0 ? now : due, millis(1));
      }
      if (between(start, clock.now()) < millis(forMs)) return alarm.set(due);
      alarm.close();
      native.close(fd);
      resolve(sent);
    });
    alarm.set(due);
  });

const calls: Implementation = {
  links: () => addresses.links(),
  add: (list) => addresses.add(list),
  remove: (list) => addresses.remove(list),
  watch: () => {
    addresses.watch(() => {
      changes += 1;
    });
    return null;
  },
  changes: () => changes,
  lay: (list) => ways.add(list),
  lift: (list) => ways.remove(list),
  watchWays: () => {
    ways.watch(() => {
      losses += 1;
    });
    return null;
  },
  losses: () => losses,
  open: (interfaceName, list) => {
    const routers = list.map((r) => (typeof r === 'number' ? multicast(r) : r));
    const result = new KernelLans().open(interfaceName, routers, {
      advert: (from, advert) => heard.adverts.push({ from, advert }),
      dropped: (why, from) => {
        heard.dropped[why] = (heard.dropped[why] ?? 0) + 1;
        heard.droppedFrom.add(from);
      },
      failed: (failure) => heard.failed.push(failure),
      unreachable: (_, peer) => heard.unreachable.push(peer),
    });
    if ('code' in result) return result;
    lan = result;
    const announcing = new KernelLans().announcer(interfaceName);
    if ('code' in announcing) return announcing;
    announcer = announcing;
    return null;
  },
  send: (advert, source) => opened().send(advert, source),
  announce: (address) => (announcer as Announcer).announce(address),
  addPrompted: async (list, ms) => {
    const announcements = list.map((each) => announcer?.written?.(each.cidr.address) ?? null);
    if (!announcements.every((each) => each !== null)) throw new Error('not written');
    let announced = false;
    const done = () => {
      announced = true;
    };
    const results = await addresses.add(list, { announcements, until: after(clock.now(), millis(ms)), done });
    return [results, announced];
  },
  closeLan: () => {
    // Twice: the second one must do nothing.
    for (const part of [lan, lan, announcer, announcer]) part?.close();
    return null;
  },
  listenLate: (ms, routers) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return opened().listen?.(routers.map(multicast)) ?? null;
  },
  stall: (ms, limit) => {
    const end = performance.now() + ms;
    while (performance.now() < end);
    return lan?.drain(limit) ?? 0;
  },
  heard: () => {
    const { droppedFrom, ...rest } = heard;
    heard = nothingHeard();
    return { ...rest, droppedFrom: [...droppedFrom] };
  },
  beat,
  flood,
  ensureMacs: (list) => macs.ensure(list),
  removeMacs: (list) => macs.remove(list),
  installFilter: (list) => filter.install(list),
  filterStands: () => filter.stands(),
  removeFilter: () => filter.remove(),
  descriptors: () => readdirSync('/proc/self/fd').length,
  inherited: () => execFileSync('ls', ['-l', '/proc/self/fd'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
};

process.on('message', async ({ id, name, args }: Request) => {
  try {
    const run = calls[name] as (...args: readonly unknown[]) => unknown;
    process.send?.({ id, value: await run(...args) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0, value: 'ready' });

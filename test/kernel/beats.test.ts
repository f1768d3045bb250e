import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NativeBeats, native, type SystemError } from '../../src/kernel/native.js';

const [AF_INET, SOCK_DGRAM] = [2, 2];
const LOOPBACK = Uint8Array.from([2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
const LATE = 10_000;
const ALONE = 3e6;

let fd: number;
let address: Uint8Array;
let beats: NativeBeats;
let ended: number[];

beforeEach(() => {
  fd = native.socket(AF_INET, SOCK_DGRAM, 0);
  native.bind(fd, LOOPBACK);
  address = native.localAddress(fd);
  ended = [];
  beats = native.beats((beat) => void ended.push(beat));
});
afterEach(() => {
  beats.close();
  native.close(fd);
});

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** A loop that does nothing else. */
const block = (ms: number): void => {
  for (const until = native.now() + ms * 1000; native.now() < until; );
};

function figures(beat: number) {
  const into = new Float64Array(4);
  beats.read(beat, new Uint8Array(into.buffer));
  const [next = 0, sent = 0, latest = 0, worst = 0] = into;
  return { next, sent, latest, worst };
}

/** What waits in the socket, one text a datagram. */
function waiting(): string[] {
  const room = new Uint8Array(64);
  const found: string[] = [];
  for (;;) {
    const length = native.receive(fd, room, null, null);
    if (length < 0) return found;
    found.push(Buffer.from(room.subarray(0, length)).toString());
  }
}

const start = (text: string, at: number, every = 5_000, late = LATE, alone = ALONE): number =>
  beats.start(fd, Buffer.from(text), address, at, every, late, alone);

describe('beats', () => {
  it('go out at their times on an absolute grid, several of them, until each is stopped', async () => {
    const at = native.now() + 2_000;
    const [a, b] = [start('a', at, 5_000, 1e6), start('b', at, 10_000, 1e6)];
    await sleep(60);
    beats.stop(a);
    beats.rest(b);
    const heard = waiting();
    const { next, sent, worst } = figures(b);
    expect((next - at) % 10_000).toBe(0);
    expect(next).toBeGreaterThan(native.now() - 10_000);
    expect(heard.filter((text) => text === 'b')).toHaveLength(sent);
    expect(heard.filter((text) => text === 'a').length).toBeGreaterThan(4);
    expect(worst).toBeGreaterThanOrEqual(0);
    await sleep(25);
    beats.stop(b);
    expect(waiting()).not.toContain('a');
    await sleep(15);
    expect([waiting(), ended]).toEqual([[], []]);
  });

  it('go out while the loop is at something else', () => {
    const at = native.now() + 2_000;
    start('a', at, 5_000, 1e6);
    block(60);
    expect(waiting().length).toBeGreaterThan(4);
  });

  it('rest, where they are to, until the loop has turned, so that nobody decides by what has passed', async () => {
    const beat = start('a', native.now() + 2_000, 2_000, 1e6);
    block(20);
    beats.rest(beat);
    const { sent } = figures(beat);
    const heard = waiting();
    expect(heard).toHaveLength(sent);
    block(30);
    expect([figures(beat).sent, waiting()]).toEqual([sent, []]);
    await sleep(20);
    expect(figures(beat).sent).toBeGreaterThan(sent);
    expect(waiting().length).toBeGreaterThan(0);
  });

  it('that were slept through are left out, and the next stands on the grid', async () => {
    const at = native.now() + 1_000;
    const beat = start('a', at, 3_000, 1e6);
    beats.rest(beat);
    block(20);
    await sleep(5);
    beats.rest(beat);
    const { next, sent, worst } = figures(beat);
    expect(worst).toBeGreaterThan(15_000);
    expect((next - at) % 3_000).toBe(0);
    expect(sent).toBeLessThanOrEqual((next - at) / 3_000 - 5);
    expect(waiting()).toHaveLength(sent);
  });

  it('that are too late are not sent: they end, and tell which was next', async () => {
    const at = native.now() + 1_000;
    const beat = start('a', at);
    beats.rest(beat);
    block(20);
    await sleep(10);
    expect(ended).toEqual([beat]);
    expect(figures(beat)).toEqual({ next: at, sent: 0, latest: 0, worst: 0 });
    await sleep(20);
    expect([waiting(), ended]).toEqual([[], [beat]]);
  });

  it('end where the loop does not turn for too long, and tell of it when it does', async () => {
    const beat = start('a', native.now() + 1_000, 5_000, 1e6, 50_000);
    await sleep(20);
    block(200);
    const heard = waiting().length;
    expect(heard).toBeGreaterThan(5);
    expect(heard).toBeLessThan(25);
    await sleep(10);
    expect([waiting(), ended]).toEqual([[], [beat]]);
  });

  it('of which each comes after a longer time than that are not sent by a loop that does not turn', async () => {
    const beat = start('a', native.now() + 150_000, 150_000, 1e6, 50_000);
    block(400);
    expect(waiting()).toEqual([]);
    await sleep(10);
    expect([waiting(), ended]).toEqual([[], [beat]]);
  });

  it('go on for as long as the loop turns, whatever the interval', async () => {
    const all = [2_000, 30_000, 90_000].map((every) => start('a', native.now() + every, every, 1e6, 50_000));
    await sleep(300);
    expect(ended).toEqual([]);
    expect(all.map((beat) => figures(beat).sent > 1)).toEqual([true, true, true]);
  });

  it('go before ordinary threads where the kernel lets a process of ours, and tell whether they do', () => {
    expect(beats.realtime()).toBe(spawnSync('chrt', ['--fifo', '1', 'true']).status === 0);
  });

  it('that the kernel refuses end, and hold up no other', async () => {
    const at = native.now() + 1_000;
    const bad = beats.start(fd, new Uint8Array(70_000), address, at, 5_000, 1e6, ALONE);
    const good = start('a', at, 5_000, 1e6);
    await sleep(20);
    expect(ended).toEqual([bad]);
    expect(figures(bad)).toMatchObject({ next: at, sent: 0 });
    expect(figures(good).sent).toBeGreaterThan(1);
  });

  it('can be stopped, begun anew and closed from within what is told of an end', async () => {
    beats.close();
    const told: number[] = [];
    beats = native.beats((beat) => {
      told.push(beat);
      if (told.length === 1) for (const other of [0, 1]) beats.stop(other);
      else return beats.close();
      expect(start('again', 0)).toBe(0);
    });
    start('a', 0);
    start('b', 0);
    await sleep(10);
    expect([told, waiting()]).toEqual([[0, 0], []]);
    expect(() => start('c', 0)).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  it('by the hundred go out together on a grid of wake-ups, each at its own period', async () => {
    beats.grid(2_500);
    const at = native.now() + 5_000;
    const all = Array.from({ length: 300 }, (_, i) => start(String(i), at + 100 * i, 20_000, 1e6));
    await sleep(110);
    const sent = all.map((beat) => figures(beat).sent);
    expect(Math.min(...sent)).toBeGreaterThanOrEqual(2);
    expect(Math.max(...sent) - Math.min(...sent)).toBeLessThanOrEqual(2);
    expect(ended).toEqual([]);
  });

  it('are not begun with what is none, and tell of none that is not there', () => {
    const data = new Uint8Array(1);
    const wrong: (() => unknown)[] = [
      () => beats.start(-1, data, address, 0, 1, 0, 0),
      () => beats.start(fd, data, address, Number.NaN, 1, 0, 0),
      () => beats.start(fd, data, address, 0, 0, 0, 0),
      () => beats.start(fd, data, address, 0, 1, -1, 0),
      () => beats.start(fd, data, address, 0, 1, 0, -1),
      () => beats.read(0, new Uint8Array(32)),
      () => beats.rest(0),
      () => beats.stop(0),
      () => beats.stop(1e9),
      () => beats.grid(-1),
      () => native.beats(null as never),
    ];
    for (const call of wrong) expect(call).toThrow(TypeError);
    expect(() => beats.start(fd, data, new Uint8Array(200), 0, 1, 0, 0)).toThrow(
      expect.objectContaining({ code: 'EINVAL' } satisfies Partial<SystemError>),
    );
    const beat = start('a', native.now() + 1e6);
    expect(() => beats.read(beat, new Uint8Array(31))).toThrow(TypeError);
  });
});

import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Rereader, type Thread } from '../../src/bin/reload-file.js';
import type { ThreadAsked, ThreadData } from '../../src/bin/reload-worker.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const [FIRST, SECOND] = [Buffer.from('first'), Buffer.from('second')];
const SETTLED_MS = 2_000;

/** A thread that answers when it is told to. */
class FakeThread extends EventEmitter {
  readonly asked: ThreadAsked[] = [];
  ended = false;
  constructor(readonly data: ThreadData) {
    super();
  }
  postMessage(asked: ThreadAsked): void {
    this.asked.push(asked);
  }
  async terminate(): Promise<number> {
    this.ended = true;
    await Promise.resolve();
    this.emit('exit', 1);
    return 1;
  }
  unref(): void {}
}

function world() {
  const threads: FakeThread[] = [];
  const rereader = new Rereader('/etc/a.yaml', FIRST, (data) => {
    threads.push(new FakeThread(data));
    return threads.at(-1) as unknown as Thread;
  });
  const read = async (whole: boolean): Promise<FakeThread> => {
    const work = rereader.read();
    const reading = threads.find((thread) => thread.asked.at(-1) === 'read' && !thread.ended);
    if (reading === undefined) throw new Error('nobody was asked');
    reading.emit('message', { found: { ok: false, problems: [] }, whole });
    await work;
    return reading;
  };
  /** A thread stood ready, and what it read runs now. */
  const acceptedOnce = async (): Promise<void> => {
    rereader.settled();
    vi.advanceTimersByTime(SETTLED_MS);
    await read(false);
    rereader.accepted(SECOND);
  };
  return { rereader, threads, read, acceptedOnce };
}

it('makes one thread that stands ready, when a start is over for good, and has it read again and again', async () => {
  const { rereader, threads, read } = world();
  rereader.settled();
  vi.advanceTimersByTime(SETTLED_MS - 1);
  expect(threads).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(threads.map(({ data }) => data)).toEqual([{ blob: FIRST, waits: true }]);
  await read(false);
  await read(false);
  vi.advanceTimersByTime(SETTLED_MS);
  await read(false);
  expect(threads.map(({ asked, ended }) => ({ asked, ended }))).toEqual([
    { asked: ['read', 'read', 'rest', 'read'], ended: false },
  ]);
});

it('tells the thread that what it read runs now: before it reads again, or when there is time', async () => {
  const { rereader, threads, read, acceptedOnce } = world();
  await acceptedOnce();
  expect(threads[0]?.asked).toEqual(['read']);
  await read(false);
  rereader.accepted(FIRST);
  vi.advanceTimersByTime(SETTLED_MS);
  expect(threads[0]?.asked).toEqual(['read', 'accepted', 'read', 'accepted', 'rest']);
});

it('starts a thread for a reading that comes early, which stays', async () => {
  const { rereader, threads, read } = world();
  rereader.settled();
  await read(false);
  vi.advanceTimersByTime(SETTLED_MS);
  expect(threads.map(({ data, asked }) => [data.waits, ...asked])).toEqual([[false, 'read', 'rest']]);
});

it('ends a thread that had to read the whole file, and makes another beside what runs then', async () => {
  const { rereader, threads, read } = world();
  const first = await read(true);
  rereader.accepted(SECOND);
  expect(first.ended).toBe(false);
  vi.advanceTimersByTime(SETTLED_MS);
  expect(first.ended).toBe(true);
  expect(threads.map(({ data }) => data)).toEqual([
    { blob: FIRST, waits: false },
    { blob: SECOND, waits: true },
  ]);
});

it('does not keep one that was made before what was read by another runs', async () => {
  const { rereader, threads, read } = world();
  const first = await read(true);
  // The router takes its time.
  vi.advanceTimersByTime(SETTLED_MS);
  rereader.accepted(SECOND);
  vi.advanceTimersByTime(SETTLED_MS);
  expect(threads.map(({ data, ended }) => [data.blob, ended])).toEqual([
    [FIRST, true],
    [FIRST, true],
    [SECOND, false],
  ]);
  const last = await read(false);
  expect(last).toBe(threads[2]);
  // Nothing that was accepted before is told to one that knows it.
  expect(last.asked).toEqual(['read']);
  expect(first.asked).toEqual(['read']);
});

it('refuses a reading whose thread fails, ends or hangs, and the next one has a thread of its own', async () => {
  const { rereader, threads, read } = world();
  for (const fail of [
    (thread: FakeThread) => thread.emit('error', new Error('no memory')),
    (thread: FakeThread) => thread.emit('exit', 3),
    () => vi.advanceTimersByTime(60_000),
  ]) {
    const work = rereader.read();
    const thread = threads.at(-1) as FakeThread;
    fail(thread);
    await expect(work).rejects.toThrow(/could not be read: (no memory|the reading thread ended \(3\))|takes longer/);
  }
  expect(threads.length).toBe(3);
  await read(false);
  expect(threads.length).toBe(4);
});

it('starts another where the one that stood ready died meanwhile', async () => {
  const { threads, read, acceptedOnce } = world();
  await acceptedOnce();
  await threads[0]?.terminate();
  await read(false);
  expect(threads.map(({ data, asked }) => [data.blob, ...asked])).toEqual([
    [FIRST, 'read'],
    [SECOND, 'read'],
  ]);
});

import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { outletFor } from '../../src/bin/log-outlet.js';
import { LineSink, type Outlet } from '../../src/bin/log-sink.js';
import { millis } from '../../src/values/time.js';

/** Lets promises settle. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** An outlet with so much room, and a sink for it; `again` is what the sink wants to be called later. */
function rig(backlog = 1_000) {
  const state = { room: 0, broken: false, text: '', tries: 0 };
  const again: (() => void)[] = [];
  const put = (bytes: Uint8Array): number => {
    state.tries += 1;
    if (state.broken) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const taken = Math.min(state.room, bytes.length);
    state.text += Buffer.from(bytes.subarray(0, taken)).toString();
    state.room -= taken;
    return taken;
  };
  const outlet: Outlet = { put, last: put };
  const sink = new LineSink(outlet, {
    backlog,
    again: millis(50),
    later: (_, call) => void again.push(call),
    lost: (lines) => `${lines} lost\n`,
  });
  return { sink, state, again };
}

describe('LineSink', () => {
  it('writes lines in order, cut where the room ended and gone on with where there is room again', async () => {
    const { sink, state, again } = rig();
    state.room = 5;
    sink.write('one\n');
    sink.write('two\n');
    await turn();
    expect(state.text).toBe('one\nt');
    state.room = 100;
    again.splice(0)[0]?.();
    await turn();
    expect(state.text).toBe('one\ntwo\n');
    expect(again).toEqual([]);
  });

  it('holds no more than its backlog, and tells how many lines it lost', async () => {
    const { sink, state, again } = rig(20);
    for (let i = 0; i < 10; i += 1) sink.write(`line ${i}\n`);
    await turn();
    state.room = 1_000;
    again.splice(0)[0]?.();
    await turn();
    expect(state.text).toBe('line 0\nline 1\n8 lost\n');
  });

  it('tries a full outlet once at a time, however much is written', async () => {
    const { sink, state, again } = rig();
    for (let i = 0; i < 50; i += 1) {
      sink.write('x\n');
      await turn();
    }
    expect(state.tries).toBe(1);
    expect(again).toHaveLength(1);
  });

  it('survives a broken outlet, and goes on when it is well again', async () => {
    const { sink, state } = rig();
    state.broken = true;
    sink.write('to nobody\n');
    sink.write('to nobody\n');
    await turn();
    state.broken = false;
    state.room = 1_000;
    sink.write('to somebody\n');
    await turn();
    expect(state.text).toContain('to somebody\n');
    expect(state.text).toMatch(/\d+ lost\n$/);
    expect(state.tries).toBeLessThan(10);
  });

  it('writes at the end what there is room for, and does not wait for more', () => {
    const { sink, state } = rig();
    state.room = 6;
    sink.write('one\n');
    sink.write('two\n');
    sink.end();
    expect(state.text).toBe('one\ntw');
    state.broken = true;
    sink.write('three\n');
    expect(() => sink.end()).not.toThrow();
  });
});

describe('outletFor', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'directord-log-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('takes nothing where a pipe is full, and leaves the descriptor that others share as it was', () => {
    const path = join(dir, 'pipe');
    execFileSync('mkfifo', [path]);
    const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const shared = openSync(path, constants.O_WRONLY);
    const outlet = outletFor(shared);
    const chunk = Buffer.alloc(4_096, 'x');
    let taken = 0;
    for (let n = outlet.put(chunk) as number; n > 0; n = outlet.put(chunk) as number) taken += n;
    expect(taken).toBeGreaterThanOrEqual(4_096);
    expect(outlet.last(chunk)).toBe(0);
    const flags = /flags:\s+(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${shared}`, 'utf8'))?.[1] ?? '';
    expect(Number.parseInt(flags, 8) & constants.O_NONBLOCK).toBe(0);
    expect(readSync(both, Buffer.alloc(8_192))).toBeGreaterThan(0);
    expect(outlet.put(chunk)).toBeGreaterThan(0);
    closeSync(shared);
    closeSync(both);
  });

  it('appends to a file, and says when there is no space', async () => {
    const path = join(dir, 'file');
    const file = openSync(path, 'a');
    const outlet = outletFor(file);
    expect(await outlet.put(Buffer.from('one\n'))).toBe(4);
    expect(outlet.last(Buffer.from('two\n'))).toBe(4);
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    closeSync(file);
    const full = openSync('/dev/full', 'w');
    expect(() => outletFor(full).last(Buffer.from('x'))).toThrow('ENOSPC');
    closeSync(full);
  });

  it('reports a pipe that nobody will read', () => {
    const path = join(dir, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY);
    writeSync(writer, 'x');
    const outlet = outletFor(writer);
    closeSync(reader);
    expect(() => outlet.last(Buffer.from('x'))).toThrow('EPIPE');
    closeSync(writer);
  });
});

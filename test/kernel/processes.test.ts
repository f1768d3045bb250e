import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Native, native } from '../../src/kernel/native.js';
import { KernelProcesses } from '../../src/kernel/processes.js';
import { eventually } from './support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'directord-processes-'));
const started: ChildProcess[] = [];
let serial = 0;
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A copy of sleep under a name that nobody else has. */
function program(prefix = 'ddtrk'): { readonly name: string; readonly path: string } {
  serial += 1;
  const name = `${prefix}${process.pid}-${serial}`;
  const path = join(folder, name);
  copyFileSync('/bin/sleep', path);
  return { name, path };
}

function start(path: string): ChildProcess {
  const child = spawn(path, ['1000'], { stdio: 'ignore' });
  started.push(child);
  return child;
}

/** The kernel refuses to tell of processes, as it does in another network namespace. */
const without: Native = {
  ...native,
  socket: (domain, type, protocol) => {
    if (protocol === 11) throw Object.assign(new Error('socket: ECONNREFUSED'), { code: 'ECONNREFUSED' });
    return native.socket(domain, type, protocol);
  },
};

/** The kernel answers, and then all events are lost; `overrun` is how it says so. */
function losing() {
  let overrun = (): void => {};
  let answered = false;
  const by: Native = {
    ...native,
    receive: (fd, into, address, control) => {
      if (answered) return -1;
      const length = native.receive(fd, into, address, control);
      answered = length > 0;
      return length;
    },
    poll: (fd, readable) => {
      overrun = () => readable(105);
      return native.poll(fd, (errno) => {
        if (!answered) readable(errno);
      });
    },
  };
  return { by, overrun: () => overrun() };
}

function watch(wanted: readonly string[], by: Native = native) {
  const seen: string[] = [];
  const polls: string[] = [];
  const watched = new KernelProcesses(by).watch(wanted, {
    counted: (counts) => seen.push(counts.join()),
    polls: (why) => polls.push(why),
  });
  return { seen, polls, close: () => watched.close(), last: () => seen.at(-1) };
}

for (const [how, by] of [
  ['by the kernel’s events, or by looking where it tells none', native],
  ['without the kernel’s events', without],
] as const) {
  describe(`living processes, ${how}`, () => {
    it('counts those of a name, by the name or by the program, and tells of each that starts or ends', async () => {
      const { name, path } = program();
      const first = start(path);
      await new Promise((resolve) => first.once('spawn', resolve));
      const on = watch([name, path, 'no-such-process-here'], by);
      await eventually(on.last, (last) => last === '1,1,0');
      const second = start(path);
      await eventually(on.last, (last) => last === '2,2,0');
      const at = performance.now();
      second.kill('SIGKILL');
      await eventually(on.last, (last) => last === '1,1,0');
      // By looking each second it would take longer on average.
      expect(performance.now() - at).toBeLessThan(900);
      first.kill('SIGKILL');
      await eventually(on.last, (last) => last === '0,0,0');
      expect(on.polls.length).toBe(by === without ? 1 : on.polls.length);
      on.close();
    });

    it('follows an exec to another name, and a name longer than the kernel keeps', async () => {
      const [a, b] = [program(), program('a-name-longer-than-15-')];
      const child = spawn('/bin/sh', ['-c', `${a.path} 0.3; exec ${b.path} 1000`], { stdio: 'ignore' });
      started.push(child);
      const on = watch([a.name, b.name, `${b.name}x`], by);
      await eventually(on.last, (last) => last === '0,1,0');
      child.kill('SIGKILL');
      await eventually(on.last, (last) => last === '0,0,0');
      if (by === native && on.polls.length === 0) expect(on.seen).toContain('1,0,0');
      on.close();
    });

    it('counts no zombie, and no thread', async () => {
      const { name, path } = program();
      // Its parent never waits for it.
      const parent = spawn('/bin/sh', ['-c', `${path} 1000 & echo $!; exec sleep 1000`], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      started.push(parent);
      const pid = Number(await new Promise((resolve) => parent.stdout?.once('data', resolve)));
      const on = watch([name], by);
      await eventually(on.last, (last) => last === '1');
      process.kill(pid, 'SIGKILL');
      await eventually(on.last, (last) => last === '0');
      expect(execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' }).trim()).toBe('Z');
      on.close();
      expect(on.seen.slice(-2)).toEqual(['1', '0']);
    });
  });
}

it('looks at everything once after events were lost', async () => {
  const { name, path } = program();
  const { by, overrun } = losing();
  const on = watch([name], by);
  await eventually(on.last, (last) => last === '0');
  const child = start(path);
  await new Promise((resolve) => child.once('spawn', resolve));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(on.seen).toEqual(['0']);
  overrun();
  await eventually(on.last, (last) => last === '1');
  on.close();
});

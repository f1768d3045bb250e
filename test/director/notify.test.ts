import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Transition } from '../../src/core/notify/transition.js';
import type { ScriptEnd } from '../../src/core/script/verdict.js';
import { openFifo } from '../../src/director/fifo-file.js';
import { Notify } from '../../src/director/notify.js';
import type { FifoWriter } from '../../src/director/notify-fifo.js';
import type { ScriptCommand } from '../../src/director/script-process.js';
import type { LeftProcess, ToRouter } from '../../src/ports/channel.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { after, type Duration, instant, millis, seconds, toSeconds } from '../../src/values/time.js';
import { configured } from './harness.js';

const yaml = (notify: string): string => `
vrrp:
  notify_fifo: { path: /run/x.fifo }
  instances:
    - { name: VI_1, interface: eth1, virtual_router_id: 50, virtual_addresses: [172.28.128.200/24], notify: ${notify} }
    - { name: VI_2, interface: eth1, virtual_router_id: 51, virtual_addresses: [172.28.128.201/24], notify: ${notify} }
`;
const ALL = '{ master: [/bin/m], backup: [/bin/b], stop: [/bin/s], any: [/bin/any, "1"], timeout: 10s }';

/** Notifications with commands that take time, and a pipe that can be full. */
class Stage {
  readonly clock = new VirtualClock(instant(0));
  readonly process = new SimProcess(this.clock);
  /** How long each command takes, and how it ends; 100 ms and well by default. `null`: it never ends by itself. */
  readonly takes = new Map<string, { readonly ms: number | null; readonly end?: ScriptEnd; readonly says?: string }>();
  readonly lines: string[] = [];
  readonly told: ToRouter[] = [];
  readonly logged: string[] = [];
  readonly events: string[] = [];
  readonly ended: LeftProcess[] = [];
  readonly environments: object[] = [];
  readonly pipe: string[] = [];
  room = 100;
  openError: string | null;
  readonly notify: Notify;
  #sequence = 0;

  constructor(settings = ALL, openError: string | null = null) {
    this.openError = openError;
    this.clock.during(new Promise(() => {}));
    const line = (_: object, text: string): void => void this.logged.push(text);
    const fifo: FifoWriter = {
      made: false,
      write: (text) => {
        if (this.pipe.length >= this.room) return false;
        this.pipe.push(text);
        return true;
      },
      close: () => {},
    };
    this.notify = new Notify(configured(yaml(settings)), {
      clock: this.clock,
      alarms: this.process,
      log: { debug: () => {}, info: line, warn: line, error: line },
      wall: () => '2026-01-01T00:00:00.000Z',
      later: (call) => call(),
      channel: { send: (m: ToRouter) => this.told.push(m) > 0, onMessage: () => {}, onClose: () => {} },
      happened: (h) => void this.events.push(`${h.subject} ${h.name} ${h.what}: ${h.reason}`),
      bornOf: () => '5',
      endLeft: async (left) => this.ended.push(left) > 0,
      openFifo: async () => {
        if (this.openError !== null) throw new Error(this.openError);
        return fifo;
      },
      start: (command, ended, started) => this.#start(command, ended, started),
    });
  }

  at(text: string): void {
    this.lines.push(`${toSeconds(this.clock.now() as number as Duration).toFixed(1)} ${text}`);
  }

  #start({ command, environment }: ScriptCommand, ended: (end: ScriptEnd) => void, started?: (pid: number) => void) {
    const [path, ...args] = command;
    const name = [path, ...args].join(' ');
    this.at(`starts ${name}`);
    this.environments.push(environment ?? {});
    started?.(7);
    const { ms, end = { kind: 'exit', code: 0 } as const, says = '' } = this.takes.get(path) ?? { ms: 100 };
    const due = after(this.clock.now(), millis(ms ?? 0));
    const over = ms === null ? null : this.clock.at(due, () => this.process.post(() => ended(end)));
    const signal = (which: 'SIGTERM' | 'SIGKILL') => (): void => {
      this.at(`${which} ${path}`);
      over?.cancel();
      if (which === 'SIGTERM') this.process.post(() => ended({ kind: 'signal', signal: which }));
    };
    return { pid: 7, output: () => says, terminate: signal('SIGTERM'), kill: signal('SIGKILL') };
  }

  take(to: Transition['to'], name = 'VI_1', lane = `instance ${name}`, left: LeftProcess | null = null): number {
    this.#sequence += 1;
    const shared = { subject: 'instance', name, from: 'backup', to, priority: 100, reason: 'why', folded: 0 } as const;
    this.notify.take(lane, { ...shared, sequence: this.#sequence, time: '2026-01-01T00:00:00.000Z' }, left);
    return this.#sequence;
  }

  acknowledged(): string[] {
    return this.told.flatMap((m) => (m.kind === 'told' ? [`${m.lane} ${m.sequence}`] : []));
  }
}

describe('notification commands', () => {
  it('run in order, one at a time, the one for the state before the one for any; other instances beside them', async () => {
    const stage = new Stage();
    stage.take('backup');
    stage.take('master');
    stage.take('master', 'VI_2');
    await stage.clock.advance(seconds(2));
    expect(stage.lines).toEqual([
      '0.0 starts /bin/b',
      '0.0 starts /bin/m',
      '0.1 starts /bin/any 1 INSTANCE VI_1 BACKUP 100',
      '0.1 starts /bin/any 1 INSTANCE VI_2 MASTER 100',
      '0.2 starts /bin/m',
      '0.3 starts /bin/any 1 INSTANCE VI_1 MASTER 100',
    ]);
    expect(stage.acknowledged()).toEqual(['instance VI_1 1', 'instance VI_2 3', 'instance VI_1 2']);
    expect(stage.environments[0]).toMatchObject({ DIRECTORD_NAME: 'VI_1', DIRECTORD_ADDRESSES: '172.28.128.200/24' });
  });

  it('are ended with their group after their timeout, once in the log, and the next one runs', async () => {
    const stage = new Stage();
    stage.takes.set('/bin/m', { ms: null, says: 'first\nwaiting for the moon\n' });
    stage.take('master');
    stage.take('backup');
    await stage.clock.advance(seconds(20));
    expect(stage.lines).toEqual([
      '0.0 starts /bin/m',
      '10.0 SIGTERM /bin/m',
      '10.0 SIGKILL /bin/m',
      '10.0 starts /bin/any 1 INSTANCE VI_1 MASTER 100',
      '10.1 starts /bin/b',
      '10.2 starts /bin/any 1 INSTANCE VI_1 BACKUP 100',
    ]);
    expect(stage.logged).toEqual([
      'VI_1: notify master command /bin/m for master: timed out after 10s: waiting for the moon',
    ]);
  });

  it('that fail are an event and a line with the last that they said, and the next one runs', async () => {
    const stage = new Stage();
    const says = `one\n${'x'.repeat(900)}\n`;
    stage.takes.set('/bin/b', { ms: 50, end: { kind: 'exit', code: 3 }, says });
    stage.take('backup');
    await stage.clock.advance(seconds(1));
    expect(stage.events).toEqual([
      `notify VI_1 failed: notify backup command /bin/b for backup: exit code 3: ${'x'.repeat(200)}…`,
    ]);
    expect(stage.acknowledged()).toEqual(['instance VI_1 1']);
  });

  it('what a director before this one left running is ended first, and a transition that came twice is told once', async () => {
    const stage = new Stage();
    stage.take('master', 'VI_1', 'instance VI_1', { pid: 99, born: '12' });
    expect(stage.told).toEqual([]);
    await stage.clock.advance(seconds(1));
    expect(stage.ended).toEqual([{ pid: 99, born: '12' }]);
    expect(stage.lines[0]).toBe('0.0 starts /bin/m');
    expect(stage.told.find((m) => m.kind === 'telling')).toEqual({
      kind: 'telling',
      lane: 'instance VI_1',
      sequence: 1,
      process: { pid: 7, born: '5' },
    });
    stage.notify.take('instance VI_1', { sequence: 1 } as Transition, null);
    await stage.clock.advance(seconds(1));
    expect(stage.lines.length).toBe(2);
  });

  it('at a stop cut short what runs, and have 4 s together', async () => {
    const stage = new Stage();
    stage.takes.set('/bin/m', { ms: null });
    stage.takes.set('/bin/any', { ms: null });
    stage.take('master');
    await stage.clock.advance(seconds(1));
    stage.take('stop');
    await stage.clock.advance(seconds(10));
    expect(stage.lines).toEqual([
      '0.0 starts /bin/m',
      '3.0 SIGTERM /bin/m',
      '3.0 SIGKILL /bin/m',
      '3.0 starts /bin/any 1 INSTANCE VI_1 MASTER 100',
      '5.0 SIGTERM /bin/any',
      '5.0 SIGKILL /bin/any',
    ]);
    expect(stage.acknowledged()).toEqual(['instance VI_1 1', 'instance VI_1 2']);
    expect(stage.logged.at(-1)).toContain('notify any command /bin/any for stop was not run');
  });

  it('tell of the stop of what a dead router was', async () => {
    const stage = new Stage();
    stage.take('master');
    stage.take('stop', 'VI_2');
    await stage.clock.advance(seconds(1));
    stage.lines.length = 0;
    const died = stage.notify.routerDied();
    await stage.clock.advance(seconds(1));
    await died;
    expect(stage.lines).toEqual(['1.0 starts /bin/s', '1.1 starts /bin/any 1 INSTANCE VI_1 STOP 100']);
    expect(stage.environments.at(-1)).toMatchObject({ DIRECTORD_REASON: 'the router process died' });
  });

  it('tell of the stop of what a dead router was also where a director before this one told of that', async () => {
    const stage = new Stage();
    const transition: Transition = {
      sequence: 41,
      subject: 'instance',
      name: 'VI_1',
      from: 'backup',
      to: 'master',
      priority: 100,
      reason: 'why',
      folded: 0,
      time: '2026-01-01T00:00:00.000Z',
    };
    stage.notify.standing([
      { lane: 'instance VI_1', transition },
      { lane: 'fifo', transition: { ...transition, name: 'VI_2', to: 'backup' } },
      { lane: 'fifo', transition },
    ]);
    const died = stage.notify.routerDied();
    await stage.clock.advance(seconds(1));
    await died;
    expect(stage.lines).toEqual(['0.0 starts /bin/s', '0.1 starts /bin/any 1 INSTANCE VI_1 STOP 100']);
    expect(stage.environments.at(-1)).toMatchObject({ DIRECTORD_SEQUENCE: '42' });
    expect(stage.pipe).toEqual(['INSTANCE "VI_2" STOP 100\n', 'INSTANCE "VI_1" STOP 100\n']);
  });
});

describe('lines for the FIFO', () => {
  it('wait in order while it is full, which status says, and are acknowledged when they are in it', async () => {
    const stage = new Stage();
    stage.room = 1;
    for (const to of ['backup', 'master', 'fault'] as const) stage.take(to, 'VI_1', 'fifo');
    await stage.clock.advance(seconds(1));
    expect(stage.acknowledged()).toEqual(['fifo 1']);
    expect(stage.notify.problems()).toEqual(['notify_fifo /run/x.fifo is full: nobody reads it, and lines wait']);
    stage.room = 3;
    await stage.clock.advance(seconds(1));
    expect(stage.pipe).toEqual([
      'INSTANCE "VI_1" BACKUP 100\n',
      'INSTANCE "VI_1" MASTER 100\n',
      'INSTANCE "VI_1" FAULT 100\n',
    ]);
    expect(stage.acknowledged()).toEqual(['fifo 1', 'fifo 2', 'fifo 3']);
    expect(stage.notify.problems()).toEqual([]);
  });

  it('wait for a FIFO that cannot be opened, and one line says so', async () => {
    const stage = new Stage(ALL, '/run/x.fifo is no FIFO: remove it, or name another path');
    stage.take('backup', 'VI_1', 'fifo');
    await stage.clock.advance(seconds(11));
    expect(stage.logged).toEqual(['notify_fifo: /run/x.fifo is no FIFO: remove it, or name another path']);
    stage.openError = null;
    await stage.clock.advance(seconds(5));
    expect(stage.pipe).toEqual(['INSTANCE "VI_1" BACKUP 100\n']);
  });

  it('have an open FIFO before there is one, also after a reload with another path; the router is told', async () => {
    const stage = new Stage();
    await stage.clock.advance(seconds(1));
    expect(stage.told).toEqual([{ kind: 'fifo', path: '/run/x.fifo', made: false }]);
    stage.openError = '/run/y.fifo cannot be made';
    stage.notify.follow(configured(yaml(ALL).replace('/run/x.fifo', '/run/y.fifo')));
    await stage.clock.advance(seconds(1));
    expect(stage.notify.problems()).toEqual(['notify_fifo: /run/y.fifo cannot be made']);
    stage.openError = null;
    await stage.clock.advance(seconds(5));
    expect(stage.notify.problems()).toEqual([]);
    expect(stage.told.slice(1)).toEqual([{ kind: 'fifo', path: '/run/y.fifo', made: false }]);
  });
});

describe('a FIFO of the file system', () => {
  let directory = '';
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const path = (): string => {
    directory = mkdtempSync(join(tmpdir(), 'directord-fifo-'));
    return join(directory, 'deeper', 'notify.fifo');
  };

  it('is made for its owner only, takes lines without a reader, and gives them to one who comes later', async () => {
    const at = path();
    const fifo = await openFifo(at);
    expect(fifo.made).toBe(true);
    expect(statSync(at).isFIFO()).toBe(true);
    expect(statSync(at).mode & 0o777).toBe(0o600);
    expect(fifo.write('INSTANCE "VI_1" MASTER 100\n')).toBe(true);
    const second = await openFifo(at);
    expect(second.made).toBe(false);
    fifo.close();
    expect(second.write('INSTANCE "VI_1" BACKUP 100\n')).toBe(true);
    const reader = openSync(at, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(200);
    const n = readSync(reader, bytes);
    expect(bytes.subarray(0, n).toString()).toBe('INSTANCE "VI_1" MASTER 100\nINSTANCE "VI_1" BACKUP 100\n');
    closeSync(reader);
    second.close();
  });

  it('says that it is full instead of waiting', async () => {
    const fifo = await openFifo(path());
    const line = `INSTANCE "${'x'.repeat(40)}" MASTER 100\n`;
    let n = 0;
    while (fifo.write(line)) n += 1;
    expect(n).toBeGreaterThan(500);
    fifo.close();
  });

  it('is refused where something else stands, or its directory cannot be written', async () => {
    const at = path();
    await openFifo(at).then((fifo) => fifo.close());
    const file = join(directory, 'file');
    writeFileSync(file, '');
    await expect(openFifo(file)).rejects.toThrow(`${file} is no FIFO: remove it, or name another path`);
    execFileSync('ln', ['-s', at, join(directory, 'link')]);
    await expect(openFifo(join(directory, 'link'))).rejects.toThrow('is no FIFO');
    await expect(openFifo(join(file, 'below'))).rejects.toThrow('cannot be made');
  });
});

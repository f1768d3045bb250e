import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Io, Stop } from '../../src/cli/io.js';
import { main } from '../../src/cli/main.js';
import { emptyStatus, event, row, served, tempDir, until } from '../control/fake-service.js';
import { NOW, report } from './reports.js';

/** Runs the tool as typed, with what it printed. */
function typed(args: readonly string[], over: Partial<Io> = {}) {
  const out = { stdout: '', stderr: '' };
  const stops = new Set<(why: Stop) => void>();
  const code = main(
    args,
    {
      stdout: { write: (text: string) => (out.stdout += text) },
      stderr: { write: (text: string) => (out.stderr += text) },
      terminal: false,
      columns: undefined,
      environment: {},
      now: () => NOW,
      onStop(listener) {
        stops.add(listener);
        return () => stops.delete(listener);
      },
      ...over,
    },
    '9.9.9',
  );
  const stop = (why: Stop): void => {
    for (const listener of stops) listener(why);
  };
  return { out, stop, stops, ended: code.then((exit) => ({ exit, ...out })) };
}

describe('directorctl', () => {
  it('takes --socket before and after the verb', async () => {
    const { path } = await served();
    for (const args of [
      ['--socket', path, 'status'],
      ['status', '--socket', path],
      [`--socket=${path}`, 'status'],
    ]) {
      const { exit, stderr, stdout } = await typed(args).ended;
      expect({ exit, stderr, stdout }).toEqual({
        exit: 0,
        stderr: '',
        stdout: 'directord 1.2.3 on Balance1, up 12s, nothing configured\n',
      });
    }
  });

  it('prints exactly the report with --json, on one line in a pipe and indented on a terminal', async () => {
    const { path, service } = await served();
    service.report = report();
    const piped = await typed(['--json', 'status', '--socket', path]).ended;
    expect(piped.stdout).toBe(`${JSON.stringify(report())}\n`);
    const shown = await typed(['status', '--json', '--socket', path], { terminal: true, columns: 80 }).ended;
    expect(shown.stdout).toBe(`${JSON.stringify(report(), null, 2)}\n`);
  });

  it('colours on a terminal only, and not there where it is asked not to', async () => {
    const { path, service } = await served();
    service.report = report();
    const colored = async (args: string[], over: Partial<Io>) =>
      (await typed(['status', '--socket', path, ...args], over).ended).stdout.includes('\u001b[32mMASTER');
    const terminal = { terminal: true, columns: 100 };
    expect(await colored([], terminal)).toBe(true);
    expect(await colored([], {})).toBe(false);
    expect(await colored(['--no-color'], terminal)).toBe(false);
    expect(await colored([], { ...terminal, environment: { NO_COLOR: '1' } })).toBe(false);
    expect(await colored([], { ...terminal, environment: { TERM: 'dumb' } })).toBe(false);
  });

  it('drains and shows the rows, and takes it back', async () => {
    const { path } = await served();
    expect(await typed(['drain', '172.28.128.110', '--socket', path]).ended).toEqual({
      exit: 0,
      stderr: '',
      stdout: `Drained: no new connections, existing ones finish.
  SERVICE  SERVER             W/EFF  ADMIN  ACTIVE  INACT  PERSISTENT
  web      172.28.128.110:80    1/0  drain       0      0           0
`,
    });
    const back = await typed(['undrain', '172.28.128.110', '--socket', path, '--json']).ended;
    expect(JSON.parse(back.stdout)).toEqual({ servers: [row({ admin: 'ready', effectiveWeight: 1 })] });
  });

  it('gives a server another weight and says how that is taken back', async () => {
    const { path, service } = await served();
    const set = await typed(['weight', '172.28.128.110', '5', '--socket', path]).ended;
    expect(set).toEqual({
      exit: 0,
      stderr: '',
      stdout: `Weight 5; directorctl weight 172.28.128.110 default takes that back.
  SERVICE  SERVER             W/EFF  ADMIN  ACTIVE  INACT  PERSISTENT
  web      172.28.128.110:80  1>5/5  ready       0      0           0
`,
    });
    expect(service.askers).toEqual(['uid 0, pid 1']);
    const back = await typed(['weight', '172.28.128.110', 'default', '--socket', path, '--json']).ended;
    expect(JSON.parse(back.stdout)).toEqual({ servers: [row({ admin: 'ready', effectiveWeight: 1 })] });
    const help = (await typed(['weight', '--help']).ended).stdout.replace(/\s+/g, ' ');
    expect(help).toContain('"default": takes it back');
  });

  it('disables a server and enables it', async () => {
    const { path } = await served();
    const off = await typed(['disable', '172.28.128.110', '--socket', path]).ended;
    expect(off.stdout).toBe(`Disabled: out of the table; directorctl enable 172.28.128.110 puts it back.
  SERVICE  SERVER             W/EFF  ADMIN     ACTIVE  INACT  PERSISTENT
  web      172.28.128.110:80    1/-  disabled       0      0           0
`);
    const on = await typed(['enable', '172.28.128.110', '--socket', path, '--json']).ended;
    expect(JSON.parse(on.stdout)).toEqual({ servers: [row({ admin: 'ready', effectiveWeight: 1 })] });
  });

  it('gives an instance away, says to whom and after how long, and takes it back', async () => {
    const { path } = await served();
    expect(await typed(['failover', 'VI_1', '--socket', path]).ended).toEqual({
      exit: 0,
      stderr: '',
      stdout: 'VI_1: let go, 172.28.128.90 is master after 0.6 s\n',
    });
    expect(await typed(['failover', 'VI_9', '--socket', path]).ended).toEqual({
      exit: 1,
      stderr: 'directorctl: no instance VI_9\n',
      stdout: '',
    });
    const back = await typed(['resume', 'VI_1', '--socket', path]).ended;
    expect(back.stdout).toBe('VI_1: takes part again as backup, 172.28.128.90 is master\n');
    const { stdout } = await typed(['--json', 'resume', 'VI_1', '--socket', path]).ended;
    expect(JSON.parse(stdout)).toEqual({
      instances: [{ name: 'VI_1', state: 'backup', master: '172.28.128.90', seconds: null }],
    });
  });

  it('exits 1 with one line when directord refuses', async () => {
    const { path } = await served();
    expect(await typed(['drain', '10.9.9.9', '--socket', path]).ended).toEqual({
      exit: 1,
      stdout: '',
      stderr: 'directorctl: no server 10.9.9.9: there is 172.28.128.110:80\n',
    });
  });

  it('exits 3 with one line when no directord answers', async () => {
    const path = join(tempDir(), 'control.sock');
    expect(await typed(['status', '--socket', path]).ended).toEqual({
      exit: 3,
      stdout: '',
      stderr: `directorctl: directord does not answer on ${path} (no such file): is it running? systemctl status directord\n`,
    });
    writeFileSync(path, '');
    expect(await typed(['status', '--socket', path]).ended).toEqual({
      exit: 3,
      stdout: '',
      stderr: `directorctl: ${path} is a plain file: directord's control socket is expected there\n`,
    });
  });

  it('takes a path of digits for a path', async () => {
    const { exit, stderr } = await typed(['status', '--socket', '65534']).ended;
    expect({ exit, stderr }).toEqual({ exit: 3, stderr: expect.stringContaining('on 65534 (no such file)') });
  });

  const wrong: readonly (readonly [args: string, message: string])[] = [
    ['stauts', "unknown command 'stauts' (Did you mean status?) (see directorctl --help)"],
    ['status --wat', "unknown option '--wat' (see directorctl --help)"],
    ['status now', "too many arguments for 'status'. Expected 0 arguments but got 1. (see directorctl --help)"],
    ['drain', "missing required argument 'ADDRESS' (see directorctl --help)"],
    ['drain a --timeout 5m', '--timeout needs --wait'],
    [
      'drain a --wait --timeout 5',
      '--timeout 5: a duration with its unit is expected, 30s or 5m for example, 168h at most',
    ],
    ['drain a --wait --timeout 200h', '--timeout 200h: a duration from 1ms to 168h is expected, 30s or 5m for example'],
    ['drain a --wait --timeout 0s', '--timeout 0s: a duration from 1ms to 168h is expected, 30s or 5m for example'],
    ['drain a --service=', '--service names no service: the name of one is expected'],
    ['weight a 5 --service=', '--service names no service: the name of one is expected'],
    ['--socket= status', '--socket: the path is empty: that of the control socket is expected'],
    ['events -n many', '-n many: a number of events from 0 to 1000 is expected'],
    ['watch --now', 'watch is not supported yet: see directorctl --help for what is'],
    ['weight 10.0.0.1', "missing required argument 'N' (see directorctl --help)"],
    ['weight 10.0.0.1 heavy', 'weight heavy: a number from 0 to 65535, or "default", is expected'],
    ['weight 10.0.0.1 65536', 'weight 65536: a number from 0 to 65535, or "default", is expected'],
    ['drain a --disable', '--disable needs --wait: without it, say directorctl disable'],
    ['drain a --wait --force', '--force needs --disable'],
    ['convert --help', 'convert is not supported yet: see directorctl --help for what is'],
  ];
  it.each(wrong)('exits 2 after: directorctl %s', async (args, message) => {
    expect(await typed(args.split(' ')).ended).toEqual({ exit: 2, stdout: '', stderr: `directorctl: ${message}\n` });
  });

  it('shows in its help what it does, and nothing that it does not do yet', async () => {
    const { exit, stdout } = await typed(['--help']).ended;
    expect(exit).toBe(0);
    for (const verb of [
      'status',
      'drain',
      'undrain',
      'weight',
      'disable',
      'enable',
      'failover',
      'resume',
      'events',
      'check',
    ])
      expect(stdout).toContain(`  ${verb}`);
    for (const verb of ['watch', 'convert']) {
      expect(stdout).not.toMatch(new RegExp(`^ +${verb}`, 'm'));
    }
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect((await typed(['drain', '--help']).ended).stdout).toContain('--socket');
    expect((await typed(['--version']).ended).stdout).toBe('9.9.9\n');
    expect((await typed([]).ended).exit).toBe(2);
  });

  it('shows past events and follows new ones until ^C', async () => {
    const { path, service } = await served();
    service.emit(event(1));
    const line = '2026-01-01T00:00:00.000Z  server    web 172.28.128.110:80  down\n';
    expect(await typed(['events', '--no-follow', '--socket', path]).ended).toEqual({
      exit: 0,
      stderr: '',
      stdout: line,
    });
    const run = typed(['events', '-n', '1', '--json', '--socket', path]);
    await until(() => run.out.stdout !== '');
    service.emit(event(2));
    await until(() => run.out.stdout.split('\n').length === 3);
    run.stop('interrupt');
    const { exit, stdout, stderr } = await run.ended;
    expect(stdout).toBe(`${JSON.stringify(event(1))}\n${JSON.stringify(event(2))}\n`);
    expect({ exit, stderr }).toEqual({ exit: 130, stderr: '' });
  });

  it('ends quietly when nobody reads the events any more', async () => {
    const { path, service } = await served();
    const run = typed(['events', '--socket', path]);
    await until(() => service.listeners.size === 1 && run.stops.size === 1);
    run.stop('pipe');
    expect(await run.ended).toEqual({ exit: 0, stderr: '', stdout: '' });
  });

  it('says that an answer it does not understand is one', async () => {
    const { path, service } = await served();
    service.report = { ...emptyStatus, instances: 7 as never };
    const { exit, stderr } = await typed(['status', '--socket', path]).ended;
    expect(exit).toBe(1);
    expect(stderr.split('\n').length).toBe(2);
    service.emit(event(1, { time: 7 as never }));
    const events = await typed(['events', '--socket', path]).ended;
    expect(events.exit).toBe(1);
    expect(events.stderr.split('\n').length).toBe(2);
  });

  it('has one line for a daemon that is full', async () => {
    const { path } = await served({ limits: { connections: 0 } });
    const { exit, stderr } = await typed(['status', '--socket', path]).ended;
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^directorctl: 0 clients are connected already: .*\n$/);
  });
});

describe('directorctl drain --wait', () => {
  async function waiting(counts: readonly number[], args: readonly string[] = [], over: Partial<Io> = {}) {
    const all = await served({ limits: { pollMs: 2 } });
    const rows = (activeConnections: number) => [row({ activeConnections })];
    let n = 0;
    all.service.rows = rows(counts[0] ?? 0);
    all.service.onRead = () => {
      n = Math.min(n + 1, counts.length - 1);
      all.service.rows = rows(counts[n] ?? 0);
    };
    return { ...all, ...typed(['drain', '172.28.128.110', '--wait', '--socket', all.path, ...args], over) };
  }
  const table = `Drained: no new connections, existing ones finish.
  SERVICE  SERVER             W/EFF  ADMIN  ACTIVE  INACT  PERSISTENT
  web      172.28.128.110:80    1/0  drain       2      0           0
`;

  it('prints a line a change in a pipe', async () => {
    const run = await waiting([2, 2, 1, 1, 0]);
    expect(await run.ended).toEqual({
      exit: 0,
      stderr: '',
      stdout: `${table}    0s  2 active, 0 persistent, 0 inactive
    0s  1 active, 0 persistent, 0 inactive
    0s  0 active, 0 persistent, 0 inactive
Done: nothing is left after 0s.
`,
    });
  });

  it('disables the server when nothing is left, and says so', async () => {
    const run = await waiting([1, 0], ['--disable']);
    const { exit, stdout } = await run.ended;
    expect(exit).toBe(0);
    expect(stdout).toMatch(/Done: nothing is left after 0s; disabled, directorctl enable takes that back\.\n$/);
    expect(run.service.insteadOfDrain).toEqual([true]);
  });

  it('disables it when time is up only where it is told to', async () => {
    const patient = await waiting([2, 2], ['--disable', '--timeout', '50ms']);
    const left = 'time is up with 2 active and 0 persistent on 172.28.128.110:80 in web';
    expect(await patient.ended).toMatchObject({ exit: 1, stderr: `directorctl: ${left}: still drained\n` });
    expect(patient.service.insteadOfDrain).toEqual([]);
    const forced = await waiting([2, 2], ['--disable', '--force', '--timeout', '50ms', '--json']);
    const { exit, stdout } = await forced.ended;
    expect(exit).toBe(0);
    const last = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(last).toEqual({
      servers: [row({ admin: 'disabled', effectiveWeight: null, activeConnections: 2, left: 0 })],
      note: `${left}: disabled all the same`,
      done: true,
    });
  });

  it('keeps one line up to date on a terminal', async () => {
    const run = await waiting([2, 0], ['--no-color'], { terminal: true, columns: 80 });
    const { stdout } = await run.ended;
    const end = '\u001b[K';
    const line = (active: number) => `\r    0s  ${active} active, 0 persistent, 0 inactive${end}`;
    expect(stdout).toBe(`${table}${line(2)}${line(0)}\nDone: nothing is left after 0s.\n`);
  });

  it('prints an object a change as JSON', async () => {
    const { stdout } = await (await waiting([2, 0], ['--json'])).ended;
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const rows = (activeConnections: number) => [row({ activeConnections })];
    expect(lines).toEqual([
      { servers: rows(2), done: false },
      { servers: rows(0), done: false },
      { servers: rows(0), done: true },
    ]);
  });

  it('exits 1 when time is up', async () => {
    const { exit, stderr } = await (await waiting([2], ['--timeout', '20ms'])).ended;
    const why = 'time is up with 2 active and 0 persistent on 172.28.128.110:80 in web: still drained';
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: `directorctl: ${why}\n` });
  });

  it('exits 130 after ^C, which ends the wait and not the drain', async () => {
    const run = await waiting([2]);
    await until(() => run.out.stdout.includes('2 active'));
    run.stop('interrupt');
    const { exit, stderr } = await run.ended;
    const why = 'interrupted: 172.28.128.110 stays drained (directorctl undrain takes it back)';
    expect({ exit, stderr }).toEqual({ exit: 130, stderr: `directorctl: ${why}\n` });
    expect(run.service.rows[0]?.admin).toBe('drain');
  });

  it('says that the drain stays when directord stops meanwhile', async () => {
    const run = await waiting([2]);
    await until(() => run.out.stdout.includes('2 active'));
    await run.server.close();
    const { exit, stderr } = await run.ended;
    const why = 'directord stops; 172.28.128.110:80 in web stays drained';
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: `directorctl: ${why}\n` });
  });
});

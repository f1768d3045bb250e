import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { native } from '../../src/kernel/native.js';
import { systemdNotify, watchdogInterval } from '../../src/kernel/notify.js';
import { seconds } from '../../src/values/time.js';

let directory: string;
let fd: number;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'directord-notify-'));
  path = join(directory, 'socket');
  fd = native.socket(1, 2, 0);
  native.bind(fd, Uint8Array.from([1, 0, ...Buffer.from(path)]));
});
afterEach(() => {
  native.close(fd);
  rmSync(directory, { recursive: true });
});

function received(): string[] {
  const texts: string[] = [];
  const room = new Uint8Array(256);
  for (let length = native.receive(fd, room, null, null); length >= 0; length = native.receive(fd, room, null, null)) {
    texts.push(Buffer.from(room.subarray(0, length)).toString());
  }
  return texts;
}

describe('the service manager', () => {
  it('is told what sd_notify(3) defines', () => {
    const notify = systemdNotify({ NOTIFY_SOCKET: path });
    expect([notify.ready(), notify.watchdog(), notify.status('master of VI_1'), notify.stopping()]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(received()).toEqual(['READY=1', 'WATCHDOG=1', 'STATUS=master of VI_1', 'STOPPING=1']);
  });

  it('gets no second assignment smuggled in by a status of two lines', () => {
    systemdNotify({ NOTIFY_SOCKET: path }).status('one\nSTOPPING=1');
    expect(received()).toEqual(['STATUS=one STOPPING=1']);
  });

  it('is not told anything where it does not ask', () => {
    for (const environment of [{}, { NOTIFY_SOCKET: '' }]) expect(systemdNotify(environment).ready()).toBeNull();
  });

  it('that is gone is a failure that names the socket, not an exception', () => {
    expect(systemdNotify({ NOTIFY_SOCKET: '/nowhere/socket' }).ready()).toMatchObject({
      what: 'notify',
      code: 'ENOENT',
      detail: expect.stringContaining('/nowhere/socket'),
    });
    expect(systemdNotify({ NOTIFY_SOCKET: 'x'.repeat(500) }).ready()).toMatchObject({ what: 'notify', code: 'failed' });
  });
});

describe('the watchdog interval', () => {
  it.each([
    [{ WATCHDOG_USEC: '3000000' }, seconds(3)],
    [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '42' }, seconds(3)],
    [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '43' }, null],
    [{ WATCHDOG_USEC: '0' }, null],
    [{ WATCHDOG_USEC: '-1' }, null],
    [{ WATCHDOG_USEC: 'soon' }, null],
    [{ WATCHDOG_USEC: '9'.repeat(30) }, null],
    [{}, null],
  ])('of %o, for process 42, is %s', (environment, interval) => {
    expect(watchdogInterval(environment, 42)).toBe(interval);
  });
});

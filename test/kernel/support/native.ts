import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach } from 'vitest';
import { native, type SystemError } from '../../../src/kernel/native.js';

export const [AF_UNIX, AF_INET, AF_NETLINK] = [1, 2, 16];
export const [SOCK_DGRAM, SOCK_RAW] = [2, 3];
export const LOOPBACK = [2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0];

/** A directory of the test's own. */
export let directory: string;
let opened: number[];

/** Gives each test of a file a directory, and closes its sockets after it. */
export function eachCleanedUp(): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'directord-native-'));
    opened = [];
  });
  afterEach(() => {
    for (const fd of opened) native.close(fd);
    rmSync(directory, { recursive: true });
  });
}

/** It is closed already. */
export function forget(fd: number): void {
  opened = opened.filter((one) => one !== fd);
}

export function socket(domain: number, type: number, protocol = 0): number {
  const fd = native.socket(domain, type, protocol);
  opened.push(fd);
  return fd;
}

export function thrown(action: () => unknown): SystemError {
  try {
    action();
  } catch (error) {
    return error as SystemError;
  }
  throw new Error('nothing was thrown');
}

/** A UDP socket on the loopback. */
export function bound(): { fd: number; address: Uint8Array } {
  const fd = socket(AF_INET, SOCK_DGRAM);
  native.bind(fd, Uint8Array.from(LOOPBACK));
  return { fd, address: native.localAddress(fd) };
}

/** One netlink request in the host's order. */
export function request(type: number, flags: number, sequence: number, body: Uint8Array): Buffer {
  const header = new ArrayBuffer(16);
  new Uint32Array(header).set([16 + body.length, 0, sequence, 0]);
  new Uint16Array(header).set([type, flags], 2);
  return Buffer.concat([Buffer.from(header), body]);
}

/** `node -e` with the addon as `n`, for what would end a process. */
export function alone(script: string): { status: number | null; out: string; err: string } {
  const addon = fileURLToPath(new URL('../../../native/build/directord.node', import.meta.url));
  const done = spawnSync(
    process.execPath,
    ['--expose-gc', '-e', `const n = require(${JSON.stringify(addon)}); ${script}`],
    {
      encoding: 'utf8',
      timeout: 20_000,
    },
  );
  return { status: done.status, out: done.stdout, err: done.stderr };
}

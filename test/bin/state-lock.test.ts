import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockState, type StateLock } from '../../src/bin/state-lock.js';
import { native } from '../../src/kernel/native.js';

let place: string;
let held: StateLock[];
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'directord-lock-'));
  held = [];
});
afterEach(() => {
  for (const lock of held) lock.release();
  rmSync(place, { recursive: true });
});

const take = (): StateLock | null => {
  const lock = lockState(place);
  if (lock !== null) held.push(lock);
  return lock;
};

// flock(2) goes by opened files, so that one process can stand for two.
describe('the lock of a state directory', () => {
  it('is one’s own until it is released', () => {
    const first = lockState(place);
    expect(take()).toBeNull();
    expect(take()).toBeNull();
    first?.release();
    expect(take()).not.toBeNull();
    expect(take()).toBeNull();
  });

  it('keeps nobody from starting where the directory is not there, or another’s link lies there', () => {
    symlinkSync(join(place, 'elsewhere'), join(place, 'lock'));
    expect(take()).not.toBeNull();
    expect(take()).not.toBeNull();
    expect(existsSync(join(place, 'elsewhere'))).toBe(false);
    expect(lockState(join(place, 'missing'))).not.toBeNull();
  });

  it('tells an error of the kernel from a lock of another', () => {
    expect(() => native.lock(100_000)).toThrow('EBADF');
  });
});

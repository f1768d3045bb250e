import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcSwitches } from '../../src/kernel/ipvs-switches.js';

let proc = '';
beforeEach(() => {
  proc = mkdtempSync(join(tmpdir(), 'directord-proc-'));
  mkdirSync(join(proc, 'sys/net/ipv4/vs'), { recursive: true });
  mkdirSync(join(proc, 'sys/kernel/random'), { recursive: true });
  mkdirSync(join(proc, 'self/ns'), { recursive: true });
});
afterEach(() => rmSync(proc, { recursive: true, force: true }));

const path = (name: string): string => join(proc, 'sys/net/ipv4/vs', name);

describe('the kernel switches in /proc/sys', () => {
  it('are read and written; one that is not there is null, and is not made', async () => {
    writeFileSync(path('expire_nodest_conn'), '0\n');
    writeFileSync(path('conn_reuse_mode'), '1\n');
    const switches = new ProcSwitches(proc);
    expect(await switches.read()).toEqual({
      conn_reuse_mode: 1,
      expire_nodest_conn: 0,
      expire_quiescent_template: null,
    });
    expect(await switches.write('expire_nodest_conn', 1)).toBeNull();
    expect(readFileSync(path('expire_nodest_conn'), 'utf8')).toBe('1\n');
    expect(await switches.write('expire_quiescent_template', 1)).toEqual({
      what: 'switch.write',
      code: 'ENOENT',
      detail: 'net.ipv4.vs.expire_quiescent_template',
    });
    expect(await switches.read()).toMatchObject({ expire_quiescent_template: null });
  });

  it('say what is in their way: something that is no number, or no file', async () => {
    writeFileSync(path('conn_reuse_mode'), 'many\n');
    expect(await new ProcSwitches(proc).read()).toMatchObject({ code: 'not-a-number' });
    rmSync(path('conn_reuse_mode'));
    mkdirSync(path('conn_reuse_mode'));
    expect(await new ProcSwitches(proc).read()).toMatchObject({ code: 'EISDIR' });
  });

  it('are told apart by the start of the kernel and the network namespace', async () => {
    writeFileSync(join(proc, 'sys/kernel/random/boot_id'), 'f7c0\n');
    symlinkSync('net:[4026531840]', join(proc, 'self/ns/net'));
    expect(await new ProcSwitches(proc).identity()).toBe('f7c0 net:[4026531840]');
    expect(await new ProcSwitches(join(proc, 'nowhere')).identity()).toBe('unknown unknown');
  });
});

import { chmodSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { event, onEnd, served, tempDir, until } from '../control/fake-service.js';
import { buildTool, run } from './built.js';
import { report, service } from './reports.js';

const tool = buildTool();
afterAll(() => tool.remove());
const directorctl = (...args: string[]) => run([process.execPath, tool.directorctl, ...args]);

/** A daemon in a process of its own that drains and never runs out of connections; ready once it says so. */
async function daemon(path: string) {
  const script = join(tool.dir, `daemon-${process.pid}.mjs`);
  writeFileSync(
    script,
    `import { startControlServer } from './dist/control/server.js';
     const row = { service: 'web', address: '10.0.0.1:80', admin: 'drain', weight: 1, effectiveWeight: 0,
       activeConnections: 3, inactiveConnections: 0, persistentConnections: 0 };
     const rows = async () => ({ ok: true, value: [row] });
     const quiet = { debug() {}, info() {}, warn() {}, error() {} };
     await startControlServer({ path: process.argv[2], group: '0', version: '1.0.0', log: quiet,
       peer: () => ({ pid: 0, uid: 0 }), service: { drain: rows, undrain: rows, servers: rows } });
     console.log('ready');`,
  );
  const started = run([process.execPath, script, path]);
  onEnd(() => void started.child.kill('SIGKILL'));
  await until(() => started.out().includes('ready'), 'the daemon');
  return started.child;
}

// Starting node takes its time on a busy machine.
describe('directorctl as a process', { timeout: 60_000 }, () => {
  it('prints the status and exits 0', async () => {
    const all = await served();
    all.service.report = report();
    const { code, stdout, stderr } = await directorctl('status', '--json', '--socket', all.path).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(report());
  });

  it.skipIf(process.getuid?.() !== 0)('exits 3 without permission and says who has it', async () => {
    const all = await served();
    const dir = join(all.path, '..');
    chmodSync(dir, 0o755);
    expect(statSync(all.path).mode & 0o777).toBe(0o660);
    const nobody = { uid: 65_534, gid: 65_534 };
    const { code, stdout, stderr } = await run(
      [process.execPath, tool.directorctl, 'status', '--socket', all.path],
      nobody,
    ).ended;
    const why = `no permission on ${all.path}: be root or in group directord`;
    expect({ code, stdout, stderr }).toEqual({ code: 3, stdout: '', stderr: `directorctl: ${why}\n` });
  });

  it('exits 3 when the daemon dies in the middle of a wait, and says that the drain stays', async () => {
    const path = join(tempDir(), 'control.sock');
    const child = await daemon(path);
    const wait = directorctl('drain', '10.0.0.1', '--wait', '--socket', path);
    await until(() => wait.out().includes('3 active,'), 'the first counts');
    child.kill('SIGKILL');
    const { code, stderr } = await wait.ended;
    const lost = `directord on ${path} closed the connection: did it stop?`;
    const stays = '10.0.0.1 stays drained (directorctl undrain takes it back)';
    expect({ code, stderr }).toEqual({ code: 3, stderr: `directorctl: ${lost}; ${stays}\n` });
  });

  it('exits 130 after ^C in a wait, and says that the drain stays', async () => {
    const path = join(tempDir(), 'control.sock');
    await daemon(path);
    const wait = directorctl('drain', '10.0.0.1', '--wait', '--socket', path);
    await until(() => wait.out().includes('3 active,'), 'the first counts');
    wait.child.kill('SIGINT');
    const { code, stderr } = await wait.ended;
    const why = 'interrupted: 10.0.0.1 stays drained (directorctl undrain takes it back)';
    expect({ code, stderr }).toEqual({ code: 130, stderr: `directorctl: ${why}\n` });
  });

  it("checks a file with the configuration's own check", async () => {
    const file = join(tempDir(), 'directord.yaml');
    writeFileSync(file, 'router_id: d1\nrooter: 1\n');
    const text = await directorctl('check', file).ended;
    expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 2, stdout: '' });
    expect(text.stderr).toContain(`${file}:2:1: rooter`);
    const json = await directorctl('check', file, '--json').ended;
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toEqual({ file, valid: false, messages: text.stderr.trim().split('\n') });
  });

  it('does not crash when the reader of a long status goes away', async () => {
    const all = await served();
    all.service.report = report({ services: Array.from({ length: 2000 }, (_, i) => service({ name: `web-${i}` })) });
    const shell = `"$0" "$1" status --socket "$2" | head -1; echo "status \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await run(['bash', '-c', shell, process.execPath, tool.directorctl, all.path]).ended;
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^INSTANCE .*\nstatus 0\n$/);
  });

  it('ends when the reader of the events goes away', async () => {
    const all = await served();
    for (let n = 1; n <= 5; n++) all.service.emit(event(n));
    const shell = `"$0" "$1" events --socket "$2" | head -1; echo "status \${PIPESTATUS[0]}"`;
    const piped = run(['bash', '-c', shell, process.execPath, tool.directorctl, all.path]);
    await until(() => piped.out().includes('\n'), 'the first line');
    const more = setInterval(() => all.service.emit(event(6)), 20);
    const { stdout, stderr } = await piped.ended;
    clearInterval(more);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/ down\nstatus 0\n$/);
  });

  it('says that the output could not be written', async () => {
    const all = await served();
    const shell = `"$0" "$1" status --socket "$2" >/dev/full`;
    const { code, stderr } = await run(['bash', '-c', shell, process.execPath, tool.directorctl, all.path]).ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^directorctl: cannot write: .*ENOSPC/);
  });
});

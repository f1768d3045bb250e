import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repo } from './anchor.js';
import { Lab } from './lab.js';

const ping = ['ping', '-c', '1', '-W', '1', '-n'];

describe('a lab of three hosts on one segment', () => {
  let lab: Lab;
  const reaches = async (from: string, address: string): Promise<boolean> =>
    (await lab.host(from).exec([...ping, address])).status === 0;
  /** The kernel itself takes up to a second to notice a carrier. */
  const reachesSoon = async (from: string, address: string): Promise<boolean> =>
    (await lab.host(from).exec(['ping', '-c', '10', '-i', '0.3', '-w', '5', '-n', address])).stdout.includes(
      'bytes from',
    );

  beforeAll(async () => {
    lab = await Lab.up({
      name: 'self',
      hosts: { a: { eth1: '10.9.0.1/24' }, b: { eth1: '10.9.0.2/24' }, c: { eth1: ['10.9.0.3/24', 'fd09::3/64'] } },
    });
  });
  afterAll(() => lab?.down());

  it('lets every host reach every other', async () => {
    expect(await reaches('a', '10.9.0.2')).toBe(true);
    expect(await reaches('a', '10.9.0.3')).toBe(true);
    expect(await reaches('c', '10.9.0.1')).toBe(true);
  });

  it('tells the addresses of an interface', async () => {
    const addresses = await lab.host('c').addresses('eth1');
    expect(addresses).toContainEqual({
      cidr: '10.9.0.3/24',
      family: 'inet',
      scope: 'global',
      label: 'eth1',
      broadcast: '10.9.0.255',
    });
    expect(await lab.host('c').hasAddress('eth1', 'fd09::3/64')).toBe(true);
  });

  it('takes the carrier from a host whose cable is cut, and gives it back', async () => {
    await lab.cut('b', 'eth1');
    const cut = await lab.host('b').must(['cat', '/sys/class/net/eth1/operstate']);
    expect(cut.trim()).not.toBe('up');
    expect(await reaches('a', '10.9.0.2')).toBe(false);
    expect(await reaches('a', '10.9.0.3')).toBe(true);
    await lab.heal('b', 'eth1');
    expect(await reachesSoon('a', '10.9.0.2')).toBe(true);
  });

  it('parts hosts without their noticing by the carrier, and joins them again', async () => {
    await lab.partition(['a'], ['b']);
    expect(await lab.host('a').must(['cat', '/sys/class/net/eth1/carrier'])).toBe('1\n');
    expect(await reaches('a', '10.9.0.2')).toBe(false);
    expect(await reaches('a', '10.9.0.3')).toBe(false);
    await lab.reunite();
    expect(await reaches('a', '10.9.0.2')).toBe(true);
    expect(await reaches('a', '10.9.0.3')).toBe(true);
  });

  it('captures packets with the time in microseconds', async () => {
    const before = Date.now() * 1000;
    const capture = await lab.host('b').tcpdump('eth1', 'icmp or arp');
    await lab.host('b').must(['arping', '-c', '1', '-U', '-I', 'eth1', '10.9.0.2']);
    await reaches('a', '10.9.0.2');
    const echo = await capture.waitFor(({ ip }) => ip?.protocol === 1 && ip.payload[0] === 8, 'echo request');
    const announced = await capture.waitFor(({ arp }) => arp?.gratuitous === true, 'gratuitous ARP');
    await capture.stop();
    expect(echo.ip).toMatchObject({ source: '10.9.0.1', destination: '10.9.0.2', hops: 64 });
    expect(announced.arp).toMatchObject({ sender: '10.9.0.2' });
    expect(announced.to).toBe('ff:ff:ff:ff:ff:ff');
    expect(echo.at).toBeGreaterThan(before);
    expect(echo.at).toBeLessThan(Date.now() * 1000 + 1000);
  });

  it('stops, resumes and kills a process, and sees its output', async () => {
    const counting = await lab.host('a').start(['bash', '-c', 'for ((i = 0; ; i++)); do echo n$i; sleep 0.02; done']);
    await counting.waitForLine(/n3/);
    counting.stop();
    await sleep(60);
    const stopped = counting.output;
    await sleep(200);
    expect(counting.output).toBe(stopped);
    counting.resume();
    await counting.waitForLine(new RegExp(`n${stopped.trim().split('\n').length + 2}`));
    counting.kill('SIGKILL');
    expect(await counting.exited).toEqual({ status: 128, signal: 'SIGKILL' });
  });

  it('gives back what a command said and how it ended', async () => {
    const output = await lab.host('a').exec(['sh', '-c', 'cat; echo bad >&2; exit 3'], { input: 'given' });
    expect(output).toEqual({ status: 3, stdout: 'given', stderr: 'bad\n' });
    await expect(lab.host('a').exec(['sleep', '60'], { timeoutMs: 100 })).rejects.toThrow('not done after 100 ms');
    expect((await lab.host('a').exec(['no-such-command'])).status).toBe(127);
  });

  it('keeps the hosts apart: names, process ids, /run; and /var/lib/directord outlives a crash', async () => {
    const a = lab.host('a');
    expect(await a.must(['hostname'])).toBe('a\n');
    await a.must(['sh', '-c', 'echo kept >/var/lib/directord/x; echo lost >/run/x']);
    expect((await lab.host('b').exec(['ls', '/run/x', '/var/lib/directord/x'])).stdout).toBe('');
    const inA = await a.start(['sleep', '1000']);
    expect((await lab.host('b').exec(['pgrep', 'sleep'])).status).toBe(1);
    await lab.crash('a');
    expect((await inA.exited).signal).toBe('SIGKILL');
    expect((await lab.host('b').exec([...ping, '10.9.0.1'])).status).toBe(1);
    await lab.boot('a');
    expect(await reachesSoon('b', '10.9.0.1')).toBe(true);
    expect((await a.exec(['cat', '/run/x', '/var/lib/directord/x'])).stdout).toBe('kept\n');
  });

  it('counts the answers of a web server, and measures an outage', async () => {
    const nginx = await lab.host('b').nginx();
    expect((await lab.host('a').requests(10, 'http://10.9.0.2/')).byBody).toEqual({ b: 10 });
    const stream = await lab.host('a').stream('http://10.9.0.2/', 10, 200);
    await sleep(300);
    await nginx.end('SIGKILL');
    await sleep(300);
    await lab.host('b').nginx();
    await sleep(300);
    const report = await stream.stop();
    expect(report.outages).toHaveLength(1);
    expect(report.longestOutageMs).toBeGreaterThan(300);
    expect(report.byBody.b).toBeGreaterThan(20);
    expect((await lab.host('a').requests(2, 'http://10.9.0.9/', 100)).failed).toBe(2);
  });
});

describe('a lab whose process dies', () => {
  const script = `
    const { Lab } = await import('${join(repo, '.lab/build/lab.js')}');
    const lab = await Lab.up({ name: 'dies', hosts: { a: { eth1: '10.9.1.1/24' } } });
    await lab.host('a').start(['sleep', '4711']);
    console.log(JSON.stringify({ pid: lab.host('a').pid, dir: lab.dir }));
    setInterval(() => {}, 1000);`;
  const start = async (): Promise<{ pid: number; dir: string; kill: (signal: NodeJS.Signals) => Promise<unknown> }> => {
    spawnSync(join(repo, 'scripts/lab'), ['help']); // compiles
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told = await new Promise<string>((resolve) => child.stdout.setEncoding('utf8').once('data', resolve));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    return { ...JSON.parse(told), kill: (signal) => child.kill(signal) && gone };
  };
  const isGone = (pid: number): boolean => {
    try {
      return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  };
  const goneSoon = async (pid: number): Promise<boolean> => {
    for (let i = 0; i < 100 && !isGone(pid); i += 1) {
      await sleep(20);
    }
    return isGone(pid);
  };

  it('leaves no host and no folder after SIGTERM', async () => {
    const { pid, dir, kill } = await start();
    expect(isGone(pid)).toBe(false);
    await kill('SIGTERM');
    expect(await goneSoon(pid)).toBe(true);
    expect(existsSync(dir)).toBe(false);
  });

  it('leaves no host after SIGKILL, and scripts/lab clean removes its folder', async () => {
    const { pid, dir, kill } = await start();
    await kill('SIGKILL');
    expect(await goneSoon(pid)).toBe(true);
    spawnSync(join(repo, 'scripts/lab'), ['clean']);
    expect(existsSync(dir) && process.env.LAB_DIR === undefined).toBe(false);
  });
});

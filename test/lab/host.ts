import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Anchor, repo } from './anchor.js';
import { Capture } from './capture.js';
import { type IpvsService, parseIpvsadm } from './ipvsadm.js';
import { LabProcess, type Output, type StartOptions } from './process.js';
import { type Request, reportTraffic, Traffic, type TrafficReport } from './traffic.js';

/** An address as `ip -j addr` tells it. */
export interface InterfaceAddress {
  /** ADDRESS/PREFIX */
  readonly cidr: string;
  readonly family: 'inet' | 'inet6';
  readonly scope: string;
  readonly label: string | null;
  readonly broadcast: string | null;
}

interface IpAddr {
  readonly addr_info: readonly {
    readonly family: 'inet' | 'inet6';
    readonly local: string;
    readonly prefixlen: number;
    readonly scope: string;
    readonly label?: string;
    readonly broadcast?: string;
  }[];
}

/** A host of the lab: its own network, mounts (/run, /var/lib), name and process ids, on the lab's kernel and files. */
export class Host {
  readonly name: string;
  /** Its folder on disk: logs, configurations, and what outlives a crash. */
  readonly dir: string;
  readonly #longName: string;
  #anchor: Anchor | null = null;
  readonly #started: LabProcess[] = [];
  #serial = 0;

  /** @param longName what its processes are called */
  constructor(name: string, dir: string, longName: string) {
    this.name = name;
    this.dir = dir;
    this.#longName = longName;
    mkdirSync(dir, { recursive: true });
  }

  /** Process 1, as the lab's process sees it; null while the host is down. */
  get pid(): number | null {
    return this.#anchor?.pid ?? null;
  }

  /** Everything that was started, also what has ended. */
  get started(): readonly LabProcess[] {
    return this.#started;
  }

  /** Everything that was started and still runs. */
  get running(): LabProcess[] {
    return this.#started.filter((process) => process.running);
  }

  /** Starts the host itself, without any interface but lo. */
  async power(): Promise<number> {
    this.#anchor ??= await Anchor.start(this.#longName, this.name, this.dir);
    return this.#anchor.pid;
  }

  /** Ends the host and all that runs in it, at once. */
  unplug(): Promise<void> {
    const anchor = this.#anchor;
    this.#anchor = null;
    anchor?.kill();
    return anchor?.gone ?? Promise.resolve();
  }

  /** The command that runs another in this host. */
  enter(command: readonly string[], cwd: string = repo): string[] {
    if (this.#anchor === null) {
      throw new Error(`host ${this.name} is down`);
    }
    return this.#anchor.enter(command, cwd);
  }

  /** Starts a command; ended with the host. Its output also goes to NAME.log in the host's folder. */
  async start(command: readonly string[], options: StartOptions & { name?: string } = {}): Promise<LabProcess> {
    this.#serial += 1;
    const name = options.name ?? `${command[0]?.split('/').at(-1)}-${this.#serial}`;
    const log = join(this.dir, `${name}.log`);
    const started = await LabProcess.start(`${this.name} ${name}`, this.enter(command), { log, ...options });
    this.#started.push(started);
    return started;
  }

  /** Runs a command to its end. @throws when that takes longer than `timeoutMs` (30 s). */
  async exec(
    command: readonly string[],
    options: { input?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
  ): Promise<Output> {
    const { timeoutMs = 30_000, ...how } = options;
    const process = await LabProcess.start(`${this.name} ${command.join(' ')}`, this.enter(command), how);
    let late = false;
    const bound = setTimeout(() => {
      late = true;
      process.end('SIGKILL', 0);
    }, timeoutMs);
    const { status } = await process.exited;
    clearTimeout(bound);
    if (late) {
      throw new Error(`${process.name}: not done after ${timeoutMs} ms; it said:\n${process.output}`);
    }
    return { status, stdout: process.stdout, stderr: process.stderr };
  }

  /** Runs a command that must succeed. @returns its standard output. @throws with what it said otherwise. */
  async must(command: readonly string[], input?: string): Promise<string> {
    const { status, stdout, stderr } = await this.exec(command, input === undefined ? {} : { input });
    if (status !== 0) {
      throw new Error(`${this.name}: ${command.join(' ')} ended with ${status}: ${stderr || stdout}`);
    }
    return stdout;
  }

  /** Writes a file into the host's folder. @returns its path. */
  write(name: string, content: string): string {
    const path = join(this.dir, name);
    writeFileSync(path, content);
    return path;
  }

  /** The addresses of an interface. */
  async addresses(iface: string): Promise<InterfaceAddress[]> {
    const links = JSON.parse(await this.must(['ip', '-j', 'addr', 'show', 'dev', iface])) as IpAddr[];
    return links.flatMap(({ addr_info }) =>
      addr_info.map(({ family, local, prefixlen, scope, label, broadcast }) => {
        const cidr = `${local}/${prefixlen}`;
        return { cidr, family, scope, label: label ?? null, broadcast: broadcast ?? null };
      }),
    );
  }

  async hasAddress(iface: string, cidr: string): Promise<boolean> {
    return (await this.addresses(iface)).some((address) => address.cidr === cidr);
  }

  /** The IPVS table. */
  async ipvsadm(): Promise<IpvsService[]> {
    return parseIpvsadm(await this.must(['ipvsadm', '-Ln']));
  }

  /** Captures what an interface sees, each packet with the kernel's time in µs. */
  tcpdump(iface: string, filter = ''): Promise<Capture> {
    return Capture.start((command, options) => this.start(command, options), iface, filter);
  }

  /** n requests, one after the other, each on a connection of its own. */
  async requests(n: number, url: string, timeoutMs = 1000): Promise<TrafficReport> {
    const told = '%{stderr}%{exitcode} %{http_code} %{time_total} %{errormsg}\n';
    // The glob stands in the fragment, which is not sent: curl asks n times for the same page.
    const curl = ['curl', '-s', '-H', 'Connection: close', '--max-time', String(timeoutMs / 1000)];
    const begin = performance.now();
    const answer = await this.exec([...curl, '-w', `\\n${told}`, `${url}#[1-${n}]`], {
      timeoutMs: n * timeoutMs + 10_000,
    });
    const bodies = answer.stdout.split('\n').filter((line) => line !== '');
    let sent = begin;
    const results: Request[] = answer.stderr
      .trim()
      .split('\n')
      .map((line, i) => {
        const [exit, code, seconds, ...error] = line.split(' ');
        const ok = exit === '0' && code === '200';
        const from = sent;
        sent += Number(seconds) * 1000;
        return { n: i, sent: from, done: sent, ok, body: ok ? (bodies.shift() ?? '') : `${code} ${error.join(' ')}` };
      });
    return reportTraffic(results);
  }

  /** A steady stream of requests, one every `everyMs`, each given up after `timeoutMs`. */
  async stream(url: string, everyMs = 20, timeoutMs = 500): Promise<Traffic> {
    const worker = [
      process.execPath,
      join(repo, 'test/lab/traffic-worker.mjs'),
      url,
      String(everyMs),
      String(timeoutMs),
    ];
    const started = await this.start(worker, { name: `stream-${this.#serial}` });
    await started.waitForLine(/ready/);
    return new Traffic(started);
  }

  /** A web server that answers each request with its host's name. */
  async nginx({ port = 80, body = this.name }: { port?: number; body?: string } = {}): Promise<LabProcess> {
    const conf = [
      'daemon off; master_process off; error_log stderr notice;',
      `pid /run/nginx-${port}.pid; events { worker_connections 4096; }`,
      'http { access_log off; default_type text/plain; keepalive_timeout 0;',
      ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        (of) => `  ${of}_temp_path /run/nginx-${port}-${of};`,
      ),
      `  server { listen ${port}; location / { return 200 "${body}\\n"; } }`,
      '}',
    ];
    const file = this.write(`nginx-${port}.conf`, conf.join('\n'));
    const nginx = await this.start(['nginx', '-e', 'stderr', '-c', file], { name: `nginx-${port}` });
    await nginx.waitForLine(/using the ".*" event method/);
    return nginx;
  }

  /** Debian's keepalived, in the foreground, with a configuration. */
  keepalived(conf: string): Promise<LabProcess> {
    const file = this.write('keepalived.conf', conf);
    return this.start(['keepalived', '--dont-fork', '--log-console', '--use-file', file], { name: 'keepalived' });
  }

  /** directord with a configuration. */
  directord(yaml: string, env: NodeJS.ProcessEnv = {}): Promise<LabProcess> {
    const file = this.write('directord.yaml', yaml);
    const command = [process.execPath, join(repo, 'dist/bin/directord.js'), 'run', '--config', file];
    return this.start(command, { name: 'directord', env: { ...process.env, ...env } });
  }

  /** directorctl in this host. */
  directorctl(args: readonly string[], timeoutMs = 30_000): Promise<Output> {
    return this.exec([process.execPath, join(repo, 'dist/bin/directorctl.js'), ...args], { timeoutMs });
  }
}

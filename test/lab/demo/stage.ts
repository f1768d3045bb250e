import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { repo } from '../anchor.js';
import type { Host, LabProcess } from '../lab.js';
import { Lab } from '../lab.js';
import { realServers, scenario1, vip } from '../topologies/scenario1.js';
import { type KernelView, lookAt } from './kernel.js';
import { type DirectorView, oneLine, panel, type View } from './panel.js';
import type { Screen } from './screen.js';
import { now, Stream, strip } from './stream.js';

export type Director = 'd1' | 'd2';
export type Server = keyof typeof realServers;

/** A request is sent every so many ms … */
export const everyMs = 20;
/** … and given up after so many: before a lost SYN would be sent again. */
const timeoutMs = 900;

const directors = [
  { name: 'd1', address: '172.28.128.60', priority: 100, file: 'configs/scenario1-balance1.yaml' },
  { name: 'd2', address: '172.28.128.90', priority: 50, file: 'configs/scenario1-balance2.yaml' },
] as const;

/** Scenario 1 while the demo plays: what runs, what is cut, what is shown. */
export class Stage {
  readonly screen: Screen;
  readonly #lab: Lab;
  readonly #directors = new Map<Director, LabProcess>();
  readonly #servers = new Map<Server, LabProcess>();
  readonly #cut = new Set<Director>();
  readonly #ticker: NodeJS.Timeout;
  #stream: Stream | null = null;
  #tableOf: Director = 'd1';
  #doing: () => string = () => '';

  private constructor(lab: Lab, screen: Screen) {
    this.#lab = lab;
    this.screen = screen;
    this.#ticker = setInterval(() => this.#draw(), 250);
  }

  /** Brings up the hosts and their cables, nothing in them yet. */
  static async open(screen: Screen): Promise<Stage> {
    return new Stage(await Lab.up({ ...scenario1, name: 'demo' }), screen);
  }

  host(name: Director | Server | 'client'): Host {
    return this.#lab.host(name);
  }

  /** Starts directord with the file that we ship for this director. */
  async startDirector(name: Director): Promise<void> {
    const file = directors.find((d) => d.name === name)?.file ?? '';
    this.#directors.set(name, await this.host(name).directord(readFileSync(join(repo, file), 'utf8')));
  }

  /** Stops directord as systemd would. @throws when it does not end well. */
  async stopDirector(name: Director): Promise<void> {
    const process = this.#directors.get(name);
    // From now on its end is no surprise.
    this.#directors.delete(name);
    const exit = await process?.end('SIGTERM', 10_000);
    if (exit?.status !== 0) {
      throw new Error(`directord on ${name} ended with ${exit?.signal ?? `status ${exit?.status}`} after SIGTERM`);
    }
  }

  async startServer(name: Server): Promise<void> {
    this.#servers.set(name, await this.host(name).nginx());
  }

  /** Kills the web server: it has no time to say goodbye. */
  async killServer(name: Server): Promise<void> {
    await this.#servers.get(name)?.end('SIGKILL');
  }

  async cut(name: Director): Promise<void> {
    await this.#lab.cut(name, 'eth1');
    this.#cut.add(name);
  }

  async heal(name: Director): Promise<void> {
    await this.#lab.heal(name, 'eth1');
    this.#cut.delete(name);
  }

  /** The steady stream of requests, from the client. */
  async startStream(): Promise<void> {
    this.#stream = await Stream.start(this.host('client'), `http://${vip}/`, everyMs, timeoutMs);
  }

  get stream(): Stream {
    if (this.#stream === null) {
      throw new Error('no requests are sent yet');
    }
    return this.#stream;
  }

  /** directorctl in a director's host, shown with what it says. @throws when it fails. */
  async directorctl(name: Director, ...args: readonly string[]): Promise<void> {
    this.doing(`directorctl ${args.join(' ')}, on ${name}`);
    const { status, stdout, stderr } = await this.host(name).directorctl(args);
    if (status !== 0) {
      throw new Error(`directorctl ${args.join(' ')} on ${name} ended with ${status}: ${stderr.trim()}`);
    }
    const { bold } = this.screen.paint;
    this.screen.say(...[bold(`${name}# directorctl ${args.join(' ')}`), ...stdout.trimEnd().split('\n')].map(indent));
  }

  /** Says something below a step's title. */
  note(...lines: readonly string[]): void {
    this.screen.say(...lines.map(indent));
  }

  /** What the panel says that goes on. */
  doing(what: string): void {
    this.#doing = () => what;
    this.#draw();
  }

  look(name: Director): KernelView {
    return lookAt(this.host(name).pid, vip);
  }

  /** Whether that director alone has the address. */
  isMaster(name: Director): boolean {
    return directors.every((d) => this.look(d.name).holds === (d.name === name));
  }

  /** A server's row in a director's table, null when there is none. */
  row(director: Director, server: Server): { weight: number; active: number; inactive: number } | null {
    const [web] = this.look(director).services;
    return web?.servers.find(({ address }) => address === `${realServers[server]}:80`) ?? null;
  }

  /** Lets people watch. */
  async watch(seconds: number, what: string): Promise<void> {
    const end = performance.now() + seconds * 1000;
    this.#doing = () => `${what} (${Math.max(0, (end - performance.now()) / 1000).toFixed(0)} s)`;
    await pause(seconds * 1000);
    this.#nobodyDied();
  }

  /**
   * Waits until something is true.
   * @param what a clause that fits behind `waiting until` @param usualMs shown: how long that takes by the rules
   * @returns after how many ms it was @throws when it is not so after `atMostMs`
   */
  async until(holds: () => boolean, what: string, usualMs: number, atMostMs: number): Promise<number> {
    const begin = performance.now();
    const since = (): number => performance.now() - begin;
    const seconds = (ms: number): string => (ms / 1000).toFixed(1);
    this.#doing = () => `waiting until ${what}, at most ${seconds(usualMs)} s: ${seconds(since())} s`;
    while (!holds()) {
      this.#nobodyDied();
      if (since() > atMostMs) {
        throw new Error(`waited ${seconds(since())} s until ${what}, in vain`);
      }
      await pause(20);
    }
    return Math.round(since());
  }

  /** @throws when a director that should run does not. */
  #nobodyDied(): void {
    const dead = [...this.#directors].find(([, process]) => !process.running);
    if (dead !== undefined) {
      throw new Error(`directord on ${dead[0]} has ended by itself`);
    }
  }

  /** The line that stands for the panel where there is none. */
  stand(): void {
    if (!this.screen.live) {
      this.note(oneLine(this.#view()));
    }
  }

  /** Processes and the last lines that each said, for when something went wrong. */
  logs(): string[] {
    const all = (['d1', 'd2', 'r1', 'r2', 'client'] as const).flatMap((name) => this.host(name).started);
    return all.flatMap((process) => {
      const lines = process.output.trimEnd().split('\n').slice(-12);
      return [`--- ${process.name}${process.running ? '' : ' (has ended)'}`, ...lines];
    });
  }

  /** Ends everything. */
  async close(): Promise<void> {
    clearInterval(this.#ticker);
    this.screen.draw([]);
    await this.#lab.down();
  }

  #view(): View {
    const looks = new Map(directors.map(({ name }) => [name, this.look(name)]));
    const master = directors.find(({ name }) => looks.get(name)?.holds === true);
    this.#tableOf = master?.name ?? this.#tableOf;
    const state = (name: Director): DirectorView['state'] => {
      const process = this.#directors.get(name);
      return this.#cut.has(name)
        ? 'cable cut'
        : process?.running !== true
          ? 'stopped'
          : looks.get(name)?.holds === true
            ? 'MASTER'
            : (looks.get(name)?.services.length ?? 0) > 0
              ? 'backup'
              : 'starting';
    };
    const stream = this.#stream;
    return {
      vip,
      directors: directors.map(({ name, address, priority }) => ({ name, address, priority, state: state(name) })),
      tableOf: this.#tableOf,
      servers: (Object.keys(realServers) as Server[]).map((name) => ({
        name,
        address: `${realServers[name]}:80`,
        row: this.row(this.#tableOf, name),
        answered: stream?.byBody[name] ?? 0,
      })),
      sent: stream?.results.length ?? 0,
      failed: stream?.failed ?? 0,
      strip: stream === null ? '' : strip(stream.results, now(), 40),
      doing: this.#doing(),
    };
  }

  #draw(): void {
    if (this.screen.live) {
      this.screen.draw(panel(this.#view(), this.screen.paint));
    }
  }
}

const indent = (line: string): string => (line === '' ? '' : `     ${line}`);

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusReport } from '../../../src/core/status.js';
import { repo } from '../anchor.js';
import { type Host, Lab, type LabProcess } from '../lab.js';
import { patience } from '../patience.js';
import { keepalivedConf, scenario1 } from '../topologies/scenario1.js';

/** What speaks VRRP on a director host. */
export type Speaker = 'directord' | 'keepalived';
export type Which = 'd1' | 'd2';

/** The configuration file of scenario 1 that we ship. */
export const directordYaml = (which: Which): string =>
  readFileSync(join(repo, `configs/scenario1-balance${which === 'd1' ? 1 : 2}.yaml`), 'utf8');

/** Scenario 1, up: a client, two directors, two web servers. */
export class Pair {
  readonly lab: Lab;
  readonly speakers: Readonly<Record<Which, Speaker>>;
  readonly running = new Map<Which, LabProcess>();

  readonly #edit: (yaml: string) => string;

  private constructor(lab: Lab, speakers: Readonly<Record<Which, Speaker>>, edit: (yaml: string) => string) {
    this.lab = lab;
    this.speakers = speakers;
    this.#edit = edit;
  }

  /** Web servers and both directors, d1 master. @param edit changes the file that directord gets */
  static async up(
    name: string,
    d1: Speaker,
    d2: Speaker,
    edit: (yaml: string) => string = (yaml) => yaml,
  ): Promise<Pair> {
    const lab = await Lab.up({ ...scenario1, name });
    const pair = new Pair(lab, { d1, d2 }, edit);
    try {
      await Promise.all([lab.host('r1').nginx(), lab.host('r2').nginx()]);
      await Promise.all([pair.start('d1'), pair.start('d2')]);
      await pair.master('d1', 60_000);
      await until(() => pair.forwards('d1'), 60_000, 'two servers in the table of d1');
      await until(() => pair.forwards('d2'), 60_000, 'two servers in the table of d2');
      return pair;
    } catch (error) {
      const logs = lab.logs();
      await lab.down();
      throw new Error(`${(error as Error).message}\n${logs}`);
    }
  }

  host(which: Which): Host {
    return this.lab.host(which);
  }

  get client(): Host {
    return this.lab.host('client');
  }

  async start(which: Which): Promise<LabProcess> {
    const host = this.host(which);
    const started =
      this.speakers[which] === 'directord'
        ? await host.directord(this.#edit(directordYaml(which)))
        : await host.keepalived(keepalivedConf(which));
    this.running.set(which, started);
    return started;
  }

  /** Ends what speaks VRRP there by SIGTERM. */
  async stop(which: Which): Promise<void> {
    this.process(which).kill('SIGTERM');
    await this.process(which).exited;
  }

  process(which: Which): LabProcess {
    const found = this.running.get(which);
    if (found === undefined) throw new Error(`${which} was not started`);
    return found;
  }

  /** Waits until exactly that host has the address. */
  async master(which: Which, withinMs = 10_000): Promise<void> {
    await until(async () => (await this.holders()).join() === which, withinMs, `${which} alone with the address`);
  }

  /** Who has the address now. */
  async holders(): Promise<Which[]> {
    const found: Which[] = [];
    for (const which of ['d1', 'd2'] as const) {
      if (this.host(which).pid !== null && (await this.host(which).hasAddress('eth1', '172.28.128.200/24')))
        found.push(which);
    }
    return found;
  }

  async forwards(which: Which): Promise<boolean> {
    const [web] = await this.host(which).ipvsadm();
    return web?.servers.filter((s) => s.weight > 0).length === 2;
  }

  /** `directorctl status --json`. */
  async status(which: Which): Promise<StatusReport> {
    const { status, stdout, stderr } = await this.host(which).directorctl(['status', '--json']);
    if (status !== 0) throw new Error(`directorctl status ended with ${status}: ${stderr}`);
    return JSON.parse(stdout) as StatusReport;
  }

  /** The process id of the director process: the router's one child. */
  directorPid(which: Which): number {
    const router = this.process(which).pid;
    const [child = ''] = readFileSync(`/proc/${router}/task/${router}/children`, 'utf8').split(' ');
    return Number(child);
  }
}

/**
 * Waits until `holds` is true, which takes `usualMs` at most where nothing else runs; the real kernel cannot be asked to
 * hurry. @throws naming `what` when it does not become true.
 */
export const until = (holds: () => Promise<boolean> | boolean, usualMs: number, what: string): Promise<void> =>
  promptly(holds, patience(usualMs), what);

/** Waits until `holds` is true, for what is promised within that time. @throws naming `what` when it is not in time. */
export async function promptly(holds: () => Promise<boolean> | boolean, withinMs: number, what: string): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(50);
  }
}

/** Lets real time pass on the real kernel. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

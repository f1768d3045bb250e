import { open, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SWITCHES, type SwitchName, type SwitchReading } from '../core/ipvs/switches.js';
import type { KernelSwitches } from '../ports/switches.js';
import type { Failure } from '../values/failure.js';

/** {@link KernelSwitches} below /proc/sys, whose files are those of the reader's network namespace (proc_sys(5)). */
export class ProcSwitches implements KernelSwitches {
  readonly #root: string;

  /** @param root `/proc`; tests give another folder. */
  constructor(root = '/proc') {
    this.#root = root;
  }

  async identity(): Promise<string> {
    const boot = readFile(join(this.#root, 'sys/kernel/random/boot_id'), 'utf8').catch(() => 'unknown');
    const net = readlink(join(this.#root, 'self/ns/net')).catch(() => 'unknown');
    return `${(await boot).trim()} ${await net}`.slice(0, 200);
  }

  async read(): Promise<SwitchReading | Failure> {
    const values: Record<SwitchName, number | null> = {
      conn_reuse_mode: null,
      expire_nodest_conn: null,
      expire_quiescent_template: null,
    };
    for (const name of SWITCHES) {
      try {
        const text = (await readFile(this.#path(name), 'utf8')).trim();
        if (!/^-?\d{1,10}$/.test(text)) return this.#failure('read', name, 'not-a-number');
        values[name] = Number(text);
      } catch (error) {
        const code = codeOf(error);
        if (code !== 'ENOENT') return this.#failure('read', name, code);
      }
    }
    return values;
  }

  async write(name: SwitchName, value: number): Promise<Failure | null> {
    try {
      // Without O_CREAT: where it is not, it shall not be made.
      const file = await open(this.#path(name), 'r+');
      try {
        await file.write(`${value}\n`, 0);
      } finally {
        await file.close();
      }
      return null;
    } catch (error) {
      return this.#failure('write', name, codeOf(error));
    }
  }

  #path(name: SwitchName): string {
    return join(this.#root, 'sys/net/ipv4/vs', name);
  }

  #failure(what: string, name: SwitchName, code: string): Failure {
    return { what: `switch.${what}`, code, detail: `net.ipv4.vs.${name}` };
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope, Started } from './scope.js';
import { HOSTS, VIP } from './segment.js';

/** What is compared. */
export const IMPLEMENTATIONS = ['directord', 'keepalived'] as const;
export type Implementation = (typeof IMPLEMENTATIONS)[number];

/** One of each. */
export type Both<T> = Readonly<Record<Implementation, T>>;

/** How the hosts speak VRRP. */
export interface Speech {
  readonly version: 2 | 3;
  readonly intervalMs: number;
}

/** Scenario 1's own. */
export const VERSION_2: Speech = { version: 2, intervalMs: 1000 };
/** Ten adverts a second, which version 2 cannot. */
export const FAST: Speech = { version: 3, intervalMs: 100 };

/** The first host is master while it lives. */
export const PRIORITIES = [100, 50] as const;

/** Starts daemons of both kinds, each with files of its own in the run's folder. */
export class Daemons {
  readonly #scope: Scope;
  readonly #directord: string;
  #count = 0;

  /** @param directord its built `bin/directord.js` */
  constructor(scope: Scope, directord: string) {
    this.#scope = scope;
    this.#directord = directord;
  }

  /** Starts one with scenario 1's instance, as that host, in a namespace. */
  start(which: Implementation, namespace: string, host: number, speech: Speech): Started {
    this.#count += 1;
    const name = `${which}-${this.#count}`;
    const command = which === 'directord' ? this.#node(name, host, speech) : this.#keepalived(name, host, speech);
    return this.#scope.start(namespace, command, `${name}.log`);
  }

  /** Whether this directord can speak so; its own `check` is asked. */
  speaks(speech: Speech): boolean {
    const [program = '', ...args] = this.#node('speaks', 0, speech, 'check');
    return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  }

  #node(name: string, host: number, speech: Speech, verb = 'run'): string[] {
    const file = this.#write(`${name}.yaml`, directordYaml(name, this.#scope.folder, host, speech));
    return [process.execPath, this.#directord, verb, '--config', file];
  }

  #keepalived(name: string, host: number, speech: Speech): string[] {
    const file = this.#write(`${name}.conf`, keepalivedConf(name, host, speech));
    const pid = join(this.#scope.folder, name);
    return ['keepalived', '-n', '-l', '-P', '-f', file, '-p', `${pid}.pid`, '-r', `${pid}.vrrp`];
  }

  #write(name: string, text: string): string {
    const file = join(this.#scope.folder, name);
    writeFileSync(file, text);
    return file;
  }
}

function directordYaml(name: string, folder: string, host: number, { version, intervalMs }: Speech): string {
  const auth = version === 2 ? '\n      auth: { type: pass, pass: netology }' : '';
  return `router_id: ${name}
state_dir: ${folder}/${name}
control: { socket: ${folder}/${name}.sock, group: root }
vrrp:
  instances:
    - name: VI_1
      version: ${version}
      interface: eth1
      virtual_router_id: 50
      priority: ${PRIORITIES[host]}
      advert_int: ${intervalMs}ms${auth}
      virtual_addresses: [${VIP}/24]
`;
}

function keepalivedConf(name: string, host: number, { version, intervalMs }: Speech): string {
  const auth = version === 2 ? '\n  authentication {\n    auth_type PASS\n    auth_pass netology\n  }' : '';
  return `global_defs {
  router_id ${name}
}
vrrp_instance VI_1 {
  version ${version}
  state BACKUP
  interface eth1
  virtual_router_id 50
  priority ${PRIORITIES[host]}
  advert_int ${intervalMs / 1000}${auth}
  virtual_ipaddress {
    ${VIP}/24 dev eth1
  }
}
# ${HOSTS[host]}
`;
}

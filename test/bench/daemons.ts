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
/** The least that version 3 can say. */
export const FASTEST: Speech = { version: 3, intervalMs: 10 };

/** `12` instances: VRIDs 1 to 12, each with an address of its own; null is scenario 1's one. */
export type Many = number | null;

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
  start(which: Implementation, namespace: string, host: number, speech: Speech, many: Many = null): Started {
    this.#count += 1;
    const name = `${which}-${this.#count}`;
    const command =
      which === 'directord' ? this.#node(name, host, speech, many) : this.#keepalived(name, host, speech, many);
    return this.#scope.start(namespace, command, `${name}.log`);
  }

  #node(name: string, host: number, speech: Speech, many: Many): string[] {
    const file = this.#write(`${name}.yaml`, directordYaml(name, this.#scope.folder, host, speech, many));
    return [process.execPath, this.#directord, 'run', '--config', file];
  }

  #keepalived(name: string, host: number, speech: Speech, many: Many): string[] {
    const file = this.#write(`${name}.conf`, keepalivedConf(name, host, speech, many));
    const pid = join(this.#scope.folder, name);
    return ['keepalived', '-n', '-l', '-P', '-f', file, '-p', `${pid}.pid`, '-r', `${pid}.vrrp`];
  }

  #write(name: string, text: string): string {
    const file = join(this.#scope.folder, name);
    writeFileSync(file, text);
    return file;
  }
}

/** What tells one instance of a file from the next. */
interface One {
  readonly name: string;
  readonly id: number;
  readonly address: string;
}

const instancesOf = (many: Many): One[] =>
  many === null
    ? [{ name: 'VI_1', id: 50, address: VIP }]
    : Array.from({ length: many }, (_, i) => ({ name: `VI_${i + 1}`, id: i + 1, address: `172.28.130.${i + 1}` }));

/** `vrrp:` of directord's file. */
export function directordVrrp(host: number, speech: Speech, many: Many): string {
  const auth = speech.version === 2 ? '\n      auth: { type: pass, pass: netology }' : '';
  const instances = instancesOf(many).map(
    (one) => `    - name: ${one.name}
      version: ${speech.version}
      interface: eth1
      virtual_router_id: ${one.id}
      priority: ${PRIORITIES[host]}
      advert_int: ${speech.intervalMs}ms${auth}
      virtual_addresses: [${one.address}/24]
`,
  );
  return `vrrp:\n  instances:\n${instances.join('')}`;
}

function directordYaml(name: string, folder: string, host: number, speech: Speech, many: Many): string {
  return `router_id: ${name}
state_dir: ${folder}/${name}
control: { socket: ${folder}/${name}.sock, group: root }
${directordVrrp(host, speech, many)}`;
}

/** The same for keepalived. */
export function keepalivedVrrp(host: number, speech: Speech, many: Many): string {
  const auth = speech.version === 2 ? '\n  authentication {\n    auth_type PASS\n    auth_pass netology\n  }' : '';
  const instances = instancesOf(many).map(
    (one) => `vrrp_instance ${one.name} {
  version ${speech.version}
  state BACKUP
  interface eth1
  virtual_router_id ${one.id}
  priority ${PRIORITIES[host]}
  advert_int ${speech.intervalMs / 1000}${auth}
  virtual_ipaddress {
    ${one.address}/24 dev eth1
  }
}
`,
  );
  return instances.join('');
}

function keepalivedConf(name: string, host: number, speech: Speech, many: Many): string {
  return `global_defs {
  router_id ${name}
}
${keepalivedVrrp(host, speech, many)}# ${HOSTS[host]}
`;
}

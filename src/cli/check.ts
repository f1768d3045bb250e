import { checkHost, type HostFacts } from '../config/host.js';
import { collectHostFacts } from '../config/host-facts.js';
import { formatProblem, loadConfig, type Problem } from '../config/load.js';
import { inOrder } from '../config/problem.js';
import type { Config } from '../config/schema.js';

interface Sink {
  write(text: string): unknown;
}

/** What {@link runCheck} is about. */
export interface CheckRun {
  readonly file: string;
  /** Also look at this machine: interfaces, scripts, kernel. */
  readonly host: boolean;
  /** One line when all is well. */
  readonly stdout: Sink;
  /** One line for each error or warning. */
  readonly stderr: Sink;
  /** Where the facts about the machine come from; another in tests. */
  readonly collect?: (config: Config) => Promise<HostFacts>;
}

/** `directord check` and `directorctl check`. @returns the exit code: 0 fine (also with warnings), 2 invalid. */
export async function runCheck({ file, host, stdout, stderr, collect = collectHostFacts }: CheckRun): Promise<0 | 2> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) return refuse(loaded.problems, stderr);
  for (const warning of loaded.warnings) {
    stderr.write(`${formatProblem({ ...warning, message: `warning: ${warning.message}` })}\n`);
  }
  const { config, locate } = loaded;
  if (host) {
    const problems = checkHost(config, await collect(config)).map(locate);
    if (problems.length > 0) return refuse(inOrder(problems), stderr);
  }
  stdout.write(`${file}: valid${host ? ', and fits this host' : ''}: ${summary(config)}\n`);
  return 0;
}

function refuse(problems: readonly Problem[], stderr: Sink): 2 {
  stderr.write(problems.map((p) => `${formatProblem(p)}\n`).join(''));
  return 2;
}

const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** `1 instance, 1 service with 2 servers`. */
export function summary({ vrrp, ipvs }: Config): string {
  const servers = ipvs.services.reduce((n, service) => n + service.servers.length, 0);
  const parts = [];
  if (vrrp.instances.length > 0) parts.push(many(vrrp.instances.length, 'instance'));
  if (ipvs.services.length > 0) parts.push(`${many(ipvs.services.length, 'service')} with ${many(servers, 'server')}`);
  return parts.length === 0 ? 'no instance and no service' : parts.join(', ');
}

import { execFile } from 'node:child_process';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { networkInterfaces, release } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { type Ip, parseIp } from '../values/ip.js';
import type { HostFacts } from './host.js';
import { setsOf } from './ipvs-virtual.js';
import { localAddresses } from './local-addresses.js';
import { notifyCommands, notifyUsers } from './notify-commands.js';
import { schedulersIn } from './schedulers.js';
import type { Config } from './schema.js';
import type { FileFacts, PathStep } from './script-file.js';
import type { FifoFact } from './ways-host.js';

/** Looks at this machine, no further than the configuration asks for. */
export async function collectHostFacts(config: Config): Promise<HostFacts> {
  const { scripts } = config.track;
  const users = [...scripts.flatMap((s) => s.user ?? []), ...notifyUsers(config).map((n) => n.user)];
  const paths = [...scripts, ...notifyCommands(config)].map((s) => s.command[0]);
  const here = await interfaces();
  return {
    interfaces: here,
    mtus: await mtus(config),
    macs: await macs(config),
    fifo: await fifoFact(config),
    scripts: await tabulate(paths, scriptFacts),
    users: await tabulate(users, userNumber),
    ipvs: await ipvs(),
    schedulers: await schedulers(),
    routed: await localAddresses(elsewhere(config, here)),
  };
}

async function tabulate<T>(keys: readonly string[], look: (key: string) => Promise<T>): Promise<Map<string, T>> {
  const table = new Map<string, T>();
  for (const key of new Set(keys)) table.set(key, await look(key));
  return table;
}

/** Names from /proc/net/dev: that is always this network namespace's, and has the interfaces that are down. */
async function interfaces(): Promise<Map<string, readonly Ip[]>> {
  const up = networkInterfaces();
  const table = (await readFile('/proc/net/dev', 'utf8')).split('\n').slice(2);
  const names = table.map((line) => line.slice(0, line.lastIndexOf(':')).trim()).filter((name) => name !== '');
  return new Map(names.map((name) => [name, (up[name] ?? []).flatMap((a) => parseIp(a.address) ?? [])]));
}

/** The addresses of services that no interface and no instance has. */
function elsewhere({ vrrp, ipvs }: Config, here: ReadonlyMap<string, readonly Ip[]>): Set<Ip> {
  const found = ipvs.services.flatMap((service) =>
    setsOf(service).flatMap(({ set }) => ('fwmark' in set ? [] : [set.address])),
  );
  const addresses = new Set(found);
  for (const address of [...here.values()].flat()) addresses.delete(address);
  for (const { virtual_addresses: ours, excluded_addresses: more } of vrrp.instances) {
    for (const { cidr } of [...ours, ...more]) addresses.delete(cidr.address);
  }
  return addresses;
}

async function mtus({ vrrp }: Config): Promise<Map<string, number>> {
  const found = await tabulate(
    vrrp.instances.map((i) => i.interface),
    (name) => readFile(`/sys/class/net/${name}/mtu`, 'utf8').then(Number, () => 0),
  );
  return new Map([...found].filter(([, mtu]) => mtu > 0));
}

async function macs({ vrrp }: Config): Promise<Map<string, string>> {
  const found = await tabulate(
    vrrp.instances.flatMap((i) => i.virtual_mac?.interface ?? []),
    (name) =>
      readFile(`/sys/class/net/${name}/address`, 'utf8').then(
        (text) => text.trim(),
        () => null,
      ),
  );
  return new Map([...found].flatMap(([name, mac]) => (mac === null ? [] : [[name, mac]])));
}

async function fifoFact({ vrrp, control }: Config): Promise<FifoFact> {
  const path = vrrp.notify_fifo?.path ?? null;
  if (path === null) return 'free';
  const found = await stat(path).catch(() => null);
  if (found !== null) return found.isFIFO() ? 'fifo' : 'other';
  const above = await stat(dirname(path)).catch(() => null);
  // The control socket's directory is made by the service manager right before the start.
  return above?.isDirectory() === true || dirname(path) === dirname(control.socket) ? 'free' : 'no-directory';
}

/** What the file system says about a script; also for the runner, right before it starts one. */
export async function scriptFacts(path: string): Promise<FileFacts> {
  try {
    const real = await realpath(path);
    if (!(await stat(real)).isFile()) return { kind: 'no-file' };
    // The directories of the name as written count as well: who can change a link there chooses the file.
    const ways = [...new Set([...directories(path), ...directories(real), real])];
    const steps: PathStep[] = [];
    for (const way of ways) {
      const { uid, mode } = await stat(way);
      steps.push({ path: way, uid, mode: mode & 0o7777 });
    }
    return { kind: 'file', steps };
  } catch {
    return { kind: 'missing' };
  }
}

/** The directories above a path, from the root. */
function directories(path: string): string[] {
  const above = dirname(path);
  return above === path ? [above] : [...directories(above), above];
}

/** The number of a user, by the system's name service; null for none. */
async function userNumber(name: string): Promise<number | null> {
  try {
    const { stdout } = await promisify(execFile)('/usr/bin/getent', ['passwd', name], { timeout: 5_000 });
    const [, , uid = ''] = stdout.split(':');
    return /^\d+$/.test(uid) ? Number(uid) : null;
  } catch {
    return null;
  }
}

async function ipvs(): Promise<HostFacts['ipvs']> {
  if (
    await access('/proc/net/ip_vs').then(
      () => true,
      () => false,
    )
  )
    return 'loaded';
  const modules = await readFile(`/lib/modules/${release()}/modules.dep`, 'utf8').catch(() => '');
  return /\/ip_vs\.ko[.\w]*:/.test(modules) ? 'loadable' : 'absent';
}

async function schedulers(): Promise<ReadonlySet<string> | null> {
  const read = (path: string) => readFile(path, 'utf8').catch(() => '');
  const of = `/lib/modules/${release()}`;
  return schedulersIn({
    builtin: await read(`${of}/modules.builtin`),
    dep: await read(`${of}/modules.dep`),
    loaded: await read('/proc/modules'),
  });
}

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { release } from 'node:os';

/** What a command needs from the kernel: `net` network namespaces, `ipvs` these and IPVS. */
export type Needs = 'ipvs' | 'net';

/** The kernel that a command runs on, and the sentence that says why. */
export interface Choice {
  readonly kind: 'direct' | 'user-namespace' | 'uml';
  readonly why: string;
}

const umlModules = '/usr/lib/uml/modules';

/** What namespaces `unshare` makes for a command that runs on this machine's own kernel. */
export const directNamespaces = (kind: Choice['kind']): string[] => [
  ...(kind === 'user-namespace' ? ['--user', '--map-root-user'] : []),
  ...['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'],
];

/** Tries it for real: a bridge and a veth pair in namespaces like the lab's. */
const canNamespaces = (kind: Choice['kind']): boolean => {
  const script = 'ip link add v0 type veth peer name v1 && ip link add br0 type bridge && mount -t tmpfs tmpfs /run';
  return spawnSync('unshare', [...directNamespaces(kind), 'sh', '-c', script], { stdio: 'ignore' }).status === 0;
};

/** Whether this kernel has IPVS, loading its module where it is one and we may. */
const hasIpvs = (): boolean => {
  if (!existsSync('/proc/net/ip_vs') && process.getuid?.() === 0) {
    spawnSync('modprobe', ['-q', 'ip_vs'], { stdio: 'ignore' });
  }
  return existsSync('/proc/net/ip_vs');
};

const umlKernel = (): string | null => {
  try {
    accessSync('/usr/bin/linux.uml', constants.X_OK);
    return readdirSync(umlModules)[0] ?? null;
  } catch {
    return null;
  }
};

/**
 * Chooses the kernel to run on: this machine's own where it has what is needed and lets us, else User Mode Linux.
 * @throws when neither can be, saying what is missing.
 */
export const chooseKernel = (needs: Needs, wanted: 'auto' | 'direct' | 'uml'): Choice => {
  const root = process.getuid?.() === 0;
  const kind = root ? 'direct' : 'user-namespace';
  const lacks =
    needs === 'ipvs' && !hasIpvs()
      ? `this machine's kernel ${release()} has no IPVS`
      : !canNamespaces(kind)
        ? `this machine does not let ${root ? 'us' : 'an ordinary user'} make network namespaces`
        : null;
  const inside = root ? 'in network namespaces of' : 'in a user namespace on';
  if (wanted !== 'uml' && lacks === null) {
    return { kind, why: `running ${inside} this machine's own kernel ${release()}, which has all it needs` };
  }
  const uml = umlKernel();
  if (wanted === 'direct' || uml === null) {
    const instead =
      wanted === 'direct' ? 'asked to run directly' : 'User Mode Linux is not installed (./scripts/setup)';
    throw new Error(`no kernel to run on: ${lacks ?? 'asked for User Mode Linux'}, and ${instead}`);
  }
  return { kind: 'uml', why: `running in User Mode Linux ${uml}, because ${lacks ?? 'it was asked for'}` };
};

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { type Choice, directNamespaces } from './choose.js';
import type { Job, Running } from './uml.js';

/** A running command on this machine's own kernel. */
export interface RunningDirect extends Running {
  /** The process whose mount, network and process-id namespaces the command lives in. */
  readonly pid: number;
}

/** Process 1 of the namespaces: what it starts ends with it, whatever that is. */
const init = [
  'mount -t tmpfs -o mode=755 tmpfs /run/netns 2>/dev/null || { mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/netns /run/lock; }',
  'ip link set lo up',
  '"$@"',
].join('\n');

/** Runs a command in namespaces of its own on this machine's kernel; its input and output are ours. */
export const runDirect = (job: Job, kind: Choice['kind']): RunningDirect => {
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'unshare',
      ...directNamespaces(kind),
      'sh',
      '-c',
      `${init}\nexit $?`,
      'lab',
      ...job.command,
    ],
    { stdio: 'inherit', env: { ...process.env, LAB_DIR: job.dir, LAB_TMP: job.dir, LAB_KERNEL: 'direct' } },
  );
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`could not start setpriv and unshare: ${error.message}`)));
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  return { ended, pid: child.pid ?? 0, kill: () => child.kill('SIGKILL') };
};

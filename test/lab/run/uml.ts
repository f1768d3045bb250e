import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { UntilMark } from './mark.js';
import { quote } from './quote.js';

const shellLines = 4;
/** See test/lab/run/uml-registers.c; scripts/lab compiles it. */
const registers = fileURLToPath(new URL('../uml-registers.so', import.meta.url));

/** A command to run, and how. */
export interface Job {
  readonly command: readonly string[];
  /** The run's own folder, which the command sees as LAB_DIR. */
  readonly dir: string;
  readonly repo: string;
  readonly memoryMiB: number;
}

/** A command that runs. */
export interface Running {
  /** Resolves with the exit status when all of it is gone. Rejects when the kernel could not be started or died. */
  readonly ended: Promise<number>;
  /** Ends all of it at once. */
  kill(): void;
}

/** A shell to open in a host of a running User Mode Linux. */
export interface ShellRequest {
  readonly command: readonly string[];
  readonly rows: number;
  readonly columns: number;
  readonly term: string;
  /** No terminal at the other end: bytes as they are. */
  readonly raw: boolean;
}

/** A running User Mode Linux. */
export interface RunningUml extends Running {
  /** Joins a stream to a new shell. @param ended its exit status, or an error that says why there is none. */
  shell(request: ShellRequest, stream: Duplex, ended: (status: number | Error) => void): void;
}

/** The first place that holds the memory file: RAM where there is enough of it, else a disk. */
const memoryPlace = (needMiB: number): string => {
  const places = ['/dev/shm', process.env.TMPDIR ?? '/tmp', '/var/tmp'];
  const free = (place: string): number => {
    try {
      const { bavail, bsize } = statfsSync(place);
      return (bavail * bsize) / 1024 / 1024;
    } catch {
      return 0;
    }
  };
  const found = places.find((place) => free(place) > needMiB);
  if (found === undefined) {
    throw new Error(
      `none of ${places.join(', ')} has ${needMiB} MiB free for the memory of User Mode Linux (--memory)`,
    );
  }
  return found;
};

/** Variables that mean something on the machine below only. */
const ownVariables = new Set(['TMPDIR', 'TMP', 'TEMP', 'PWD', 'OLDPWD', 'SHLVL', '_', 'XDG_RUNTIME_DIR', 'HOME']);

const writeJob = (job: Job, mark: string): void => {
  const environment = Object.entries(process.env)
    .filter(([name]) => !ownVariables.has(name) && /^\w+$/.test(name))
    .map(([name, value]) => `export ${name}=${quote(value ?? '')}`);
  const path = process.env.PATH ?? '';
  const cwd = process.cwd();
  writeFileSync(
    join(job.dir, 'command.sh'),
    [
      ...environment,
      `export PATH=/mnt/bin:${quote(path)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      'export HOME=/mnt/home LAB_DIR=/mnt/lab LAB_TMP=/tmp LAB_KERNEL=uml',
      `cd ${quote(cwd)} || exit 126`,
      `exec ${job.command.map(quote).join(' ')}`,
      '',
    ].join('\n'),
  );
  const keep = [job.repo, cwd].filter((path) => /^\/(tmp|var\/tmp|mnt)\//.test(path));
  writeFileSync(join(job.dir, 'keep'), [...new Set(keep)].map((path) => `${path}\n`).join(''));
  writeFileSync(join(job.dir, 'mark'), mark);
  for (const script of ['uml-init.sh', 'uml-shell.sh']) {
    copyFileSync(join(job.repo, 'test/lab/run', script), join(job.dir, script));
  }
  spawnSync('chmod', ['755', join(job.dir, 'uml-init.sh')]);
};

/**
 * Wrappers that end the kernel with us: it must not outlive a SIGKILL of this process, nor its own helpers outlive it.
 * An ordinary user gets no process-id namespace: one needs a user namespace, where the setuid mount belongs to nobody.
 */
const wrapper = (): string[] => {
  const namespace = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const allowed = spawnSync('unshare', [...namespace.slice(1), 'true'], { stdio: 'ignore' }).status === 0;
  return ['setpriv', '--pdeathsig', 'KILL', ...(allowed ? namespace : [])];
};

/** The kernel and its helpers are a process group of their own. */
const endGroup = (child: ChildProcess): void => {
  try {
    if (child.pid !== undefined) {
      process.kill(-child.pid, 'SIGKILL');
    }
  } catch {
    // All of it is gone already.
  }
};

/** A process that waits for our end, whatever that is, and then ends the group. */
const killGroupWithUs = (child: ChildProcess): ChildProcess =>
  spawn('sh', ['-c', 'read -r _; kill -s KILL -- "-$1"', 'sh', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });

const arrived = (child: ChildProcess, fd: number): Duplex => child.stdio[fd] as Duplex;

/** Starts User Mode Linux with a command as its only work. */
export const runInUml = (job: Job, stdout: (chunk: Buffer) => void, stderr: (chunk: Buffer) => void): RunningUml => {
  const mark = `[${randomBytes(12).toString('hex')}]`;
  writeJob(job, mark);
  mkdirSync(join(job.dir, 'uml'));
  const firstLine = 3;
  const lines = ['out', 'err', 'control', ...Array.from({ length: shellLines }, (_, i) => `shell${i}`)];
  const [program = '', ...args] = [
    ...wrapper(),
    // As process 1 of a namespace it could not abort: it would spin where its kernel panics.
    ...['sh', '-c', '"$@"; exit $?', 'sh'],
    ...['env', `LD_PRELOAD=${registers}`, 'linux.uml'],
    ...[`mem=${job.memoryMiB}M`, 'root=/dev/root', 'rootfstype=hostfs', 'hostfs=/', 'rw', 'quiet', 'panic=1'],
    ...['con0=null,fd:1', 'con=null', 'ssl=null', `uml_dir=${job.dir}/uml`, 'umid=lab'],
    ...[`init=${job.dir}/uml-init.sh`, `LAB_RUN=${job.dir}`],
    ...lines.map((_, i) => `ssl${i}=fd:${firstLine + i}`),
  ];
  const child = spawn(program, args, {
    detached: true,
    env: { PATH: process.env.PATH, TMPDIR: memoryPlace(job.memoryMiB), HOME: job.dir },
    stdio: ['ignore', 'pipe', 'pipe', ...lines.map(() => 'pipe' as const)],
  });

  let log = '';
  for (const fd of [1, 2]) {
    arrived(child, fd).on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-16_384);
    });
  }
  const out = new UntilMark(mark, stdout);
  const err = new UntilMark(mark, stderr);
  let control = '';
  let status: number | null = null;
  const watchdog = killGroupWithUs(child);
  const kill = (): void => {
    endGroup(child);
  };
  const finishWhenWhole = (): void => {
    const exit = /^exit (\d+)$/m.exec(control);
    if (exit !== null && out.seen && err.seen) {
      status = Number(exit[1]);
      kill();
    }
  };
  const take = (fd: number, push: (chunk: Buffer) => void): void => {
    arrived(child, fd)
      .on('data', (chunk: Buffer) => {
        push(chunk);
        finishWhenWhole();
      })
      .on('error', () => {});
  };
  take(firstLine, (chunk) => out.push(chunk));
  take(firstLine + 1, (chunk) => err.push(chunk));
  take(firstLine + 2, (chunk) => {
    control += chunk.toString();
  });

  let killed = false;
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`could not start ${program}: ${error.message}`)));
    child.once('exit', (code, signal) => {
      endGroup(child);
      watchdog.kill('SIGKILL');
      if (status !== null) {
        resolve(status);
      } else if (killed) {
        resolve(137);
      } else {
        reject(new Error(`User Mode Linux ended by itself (${signal ?? `status ${code}`}); its console said:\n${log}`));
      }
    });
  });

  const free = new Set(Array.from({ length: shellLines }, (_, i) => 3 + i));
  let requests = 0;
  const shell: RunningUml['shell'] = (request, stream, done) => {
    const [line] = free;
    if (line === undefined) {
      done(new Error(`all ${shellLines} shells are taken`));
      return;
    }
    free.delete(line);
    requests += 1;
    const { rows, columns, term, raw, command } = request;
    const text = `mark=${quote(mark)} rows=${rows} columns=${columns} TERM=${quote(term)} raw=${raw ? 'yes' : 'no'}\n`;
    writeFileSync(join(job.dir, `shell.${requests}`), `${text}cmd=(${command.map(quote).join(' ')})\n`);
    const serial = arrived(child, firstLine + line);
    const until = new UntilMark(mark, (chunk) => stream.write(chunk));
    const forward = (chunk: Buffer): void => {
      serial.write(chunk);
    };
    const onSerial = (chunk: Buffer): void => {
      until.push(chunk);
      if (until.seen && until.rest.includes('\n')) {
        serial.off('data', onSerial);
        stream.off('data', forward);
        stream.off('close', hangUp);
        free.add(line);
        done(Number.parseInt(until.rest, 10));
      }
    };
    const hangUp = (): void => {
      arrived(child, firstLine + 2).write(`hangup ${line} -\n`);
    };
    serial.on('data', onSerial);
    stream.on('data', forward).once('close', hangUp);
    arrived(child, firstLine + 2).write(`shell ${line} ${requests}\n`);
  };

  return {
    ended,
    shell,
    kill: () => {
      killed = true;
      kill();
    },
  };
};

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { childOf } from '../process.js';
import { type FoundLab, findLabs } from './find.js';
import { connectLive } from './live.js';
import { UntilMark } from './mark.js';
import type { RunningUml, ShellRequest } from './uml.js';

/** What goes over a run's socket to the process that holds User Mode Linux; its answer is the session, then mark and status. */
type Asked =
  | { readonly verb: 'shell'; readonly mark: string; readonly request: ShellRequest }
  | { readonly verb: 'down' };

/** Answers what other terminals ask of a running lab: one line of JSON, then the session. */
export const serveRun = (uml: () => RunningUml | null, down: () => void) => (socket: Socket) => {
  let line = '';
  const onData = (chunk: Buffer): void => {
    line += chunk.toString();
    const end = line.indexOf('\n');
    if (end < 0) {
      return;
    }
    socket.off('data', onData);
    let asked: Asked;
    try {
      asked = JSON.parse(line.slice(0, end)) as Asked;
    } catch {
      socket.destroy();
      return;
    }
    if (asked.verb === 'down') {
      socket.end();
      down();
      return;
    }
    const { mark, request } = asked;
    uml()?.shell(request, socket, (status) => {
      socket.end(status instanceof Error ? `lab: ${status.message}\n${mark}1\n` : `${mark}${status}\n`);
    });
  };
  socket.on('data', onData);
};

/** Asks a run to end. @returns whether there was one. */
export const askDown = async (dir: string): Promise<boolean> => {
  const socket = await connectLive(dir);
  if (socket === null) {
    return false;
  }
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`${JSON.stringify({ verb: 'down' } satisfies Asked)}\n`);
  socket.resume();
  await closed;
  return true;
};

const pick = (labs: readonly FoundLab[], host: string, name: string | undefined): FoundLab => {
  const named = labs.filter((lab) => name === undefined || lab.name === name);
  const having = named.filter((lab) => typeof lab.hosts[host] === 'number');
  const upped = having.filter((lab) => lab.run.up);
  const [only, ...more] = name === undefined && upped.length > 0 ? upped : having;
  if (only === undefined) {
    const known = named.map((lab) => `${lab.name} (${Object.keys(lab.hosts).join(' ')})`).join(', ');
    throw new Error(known === '' ? 'no lab is running: scripts/lab up scenario1' : `no host ${host} is up in ${known}`);
  }
  if (more.length > 0) {
    throw new Error(`${host} is in more than one lab: name one by --lab: ${having.map((lab) => lab.name).join(', ')}`);
  }
  return only;
};

/** Here, by this terminal itself: the host's namespaces are on this kernel. */
const shellHere = (lab: FoundLab, enter: readonly string[]): Promise<number> => {
  const inner = lab.run.kind === 'bare' ? null : childOf(lab.run.pid);
  const outer = lab.run.kind === 'user-namespace' ? ['-U', '--preserve-credentials', '-m', '-p'] : ['-m', '-p'];
  const [program = '', ...args] = [
    ...(inner === null ? [] : ['nsenter', '-t', String(inner), ...outer, '--']),
    ...enter,
  ];
  const child = spawn(program, args, { stdio: 'inherit' });
  process.on('SIGINT', () => {}); // the shell's business
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 128));
  });
};

/** In User Mode Linux: through the process that holds its serial lines. */
const shellThere = async (lab: FoundLab, command: readonly string[]): Promise<number> => {
  const socket = await connectLive(lab.dir);
  if (socket === null) {
    throw new Error('the lab ended just now');
  }
  const { stdin, stdout } = process;
  const raw = !stdin.isTTY || !stdout.isTTY;
  const mark = `[${randomBytes(12).toString('hex')}]`;
  const size = { rows: stdout.rows ?? 24, columns: stdout.columns ?? 80 };
  const request: ShellRequest = { command, ...size, term: process.env.TERM ?? 'dumb', raw };
  const until = new UntilMark(mark, (chunk) => stdout.write(chunk));
  socket.on('data', (chunk: Buffer) => until.push(chunk));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`${JSON.stringify({ verb: 'shell', mark, request } satisfies Asked)}\n`);
  if (!raw) {
    stdin.setRawMode(true);
    stdin.on('data', (chunk: Buffer) => socket.write(chunk));
  }
  await closed;
  if (!raw) {
    stdin.setRawMode(false);
    stdin.pause();
  }
  if (!until.seen) {
    throw new Error('the lab ended');
  }
  return Number.parseInt(until.rest, 10);
};

/** Opens a shell in a host of a running lab, or runs a command there. @returns its exit status. */
export const shell = async (host: string, command: readonly string[], name: string | undefined): Promise<number> => {
  const lab = pick(await findLabs(), host, name);
  const wanted = command.length > 0 ? command : ['bash', '-i'];
  const enter = ['nsenter', '-t', String(lab.hosts[host]), '-m', '-u', '-i', '-n', '-p', '--', ...wanted];
  return lab.run.kind === 'uml' ? shellThere(lab, enter) : shellHere(lab, enter);
};

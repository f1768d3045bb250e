import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../..');

/** The tool as plain JavaScript in a directory that everybody may read, without the repository's own build. */
export function buildTool(): { readonly directorctl: string; readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'directord-tool-'));
  chmodSync(dir, 0o755);
  for (const room of ['bin', 'cli', 'control', 'core', 'values', 'config']) {
    for (const entry of readdirSync(join(root, 'src', room), { recursive: true, encoding: 'utf8' })) {
      if (!entry.endsWith('.ts')) continue;
      const to = join(dir, 'dist', room, entry.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(to), { recursive: true });
      const { outputText } = ts.transpileModule(readFileSync(join(root, 'src', room, entry), 'utf8'), {
        compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true },
      });
      writeFileSync(to, outputText);
    }
  }
  writeFileSync(join(dir, 'package.json'), readFileSync(join(root, 'package.json')));
  // Copied where another user loads them: the checkout itself may lie below a home that is closed to him.
  mkdirSync(join(dir, 'node_modules'));
  for (const name of ['commander', 'picocolors']) {
    cpSync(join(root, 'node_modules', name), join(dir, 'node_modules', name), { recursive: true });
  }
  for (const name of ['yaml', 'zod']) symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name));
  const remove = (): void => rmSync(dir, { recursive: true, force: true });
  return { directorctl: join(dir, 'dist/bin/directorctl.js'), dir, remove };
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of node, or a command of the shell. */
export function run(
  command: readonly [string, ...string[]],
  options: { readonly uid?: number; readonly gid?: number } = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ran>; out(): string } {
  const [file, ...args] = command;
  const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = new Promise<Ran>((done) => child.once('close', (code) => done({ code, stdout, stderr })));
  return { child, ended, out: () => stdout };
}

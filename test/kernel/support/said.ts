import type { ChildProcess } from 'node:child_process';
import { eventually } from './wait.js';

/** What a program has said so far; resolves when it has said on stderr that it begins. */
export async function said(program: ChildProcess, begins: string): Promise<{ out: string; err: string }> {
  const text = { out: '', err: '' };
  program.stdout?.on('data', (chunk) => {
    text.out += chunk;
  });
  program.stderr?.on('data', (chunk) => {
    text.err += chunk;
  });
  await eventually(
    () => text.err,
    (err) => err.includes(begins),
    20_000,
  );
  return text;
}

import { runCheck } from './check.js';
import type { Context } from './io.js';
import { toJson } from './text.js';

/** `check FILE`: what the configuration's own check prints, or its lines as JSON. */
export async function check(context: Context, file: string, host: boolean): Promise<number> {
  const { io, json } = context;
  if (!json) return runCheck({ file, host, stdout: io.stdout, stderr: io.stderr });
  let text = '';
  const sink = { write: (part: string) => (text += part) };
  const code = await runCheck({ file, host, stdout: sink, stderr: sink });
  const messages = text.split('\n').filter((line) => line.trim() !== '');
  io.stdout.write(`${toJson({ file, valid: code === 0, messages }, io.terminal)}\n`);
  return code;
}

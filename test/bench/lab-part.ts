import type { Options } from './options.js';
import type { Inside } from './report.js';
import type { Scope } from './scope.js';

/** The parts that need IPVS, on a kernel that the lab chooses. @returns what they found, and the kernel's name. */
export async function measureInside(
  scope: Scope,
  repo: string,
  script: string,
  options: Options,
  tell: (line: string) => void,
): Promise<Inside & { readonly kernel: string }> {
  const starts = options.parts.has('table') ? options.starts : 0;
  const rest = options.parts.has('memory') ? options.restSeconds : 0;
  const work = '[ "$LAB_KERNEL" != uml ] || printf "User Mode "; echo "Linux $(uname -r)"; exec "$@"';
  const reloads = options.parts.has('reload') ? options.starts : 0;
  const loads = options.parts.has('checks') ? options.loads.join(',') : '-';
  const grown = options.parts.has('growth') ? options.grown.join(',') : '-';
  const adverts = options.parts.has('adverts') ? options.checkSeconds : 0;
  const numbers = [starts, options.sizes.join(','), rest, reloads, loads, options.checkSeconds, grown, adverts].map(
    String,
  );
  const command = [process.execPath, script, options.directord, ...numbers];
  const lab = scope.start(
    null,
    [`${repo}/scripts/lab`, 'run', '--timeout', '30m', '--', 'sh', '-c', work, 'sh', ...command],
    'pipe',
  );
  const lines: string[] = [];
  let held = '';
  lab.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const parts = (held + text).split('\n');
    held = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      tell(line);
    }
  });
  let said = '';
  lab.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-8000);
  });
  await lab.ended;
  if (lab.child.exitCode !== 0) throw new Error(`the part on a kernel with IPVS failed:\n${said}`);
  const found = lines.slice(1).map((line) => JSON.parse(line) as { kind?: string });
  const of = <T>(kind: string): T => found.filter((one) => (one.kind ?? 'put') === kind) as unknown as T;
  return {
    kernel: lines[0] ?? 'unknown',
    starts: of('start'),
    puts: of('put'),
    memory: of('memory'),
    reloads: of('reload'),
    checks: of('checks'),
    growth: of('growth'),
    adverts: of('adverts'),
  };
}

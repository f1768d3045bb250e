import { isScalar, LineCounter, parseDocument } from 'yaml';
import { formatPath, type Locate, type Problem } from './problem.js';
import { slip } from './slips.js';
import { isKeepalived, notYaml, syntaxMessage } from './syntax.js';
import { finder, inspect } from './tree.js';

/** The largest file that is read. 1 MiB holds 20,000 servers, and is parsed in about a second. */
export const MAX_BYTES = 1024 * 1024;

/** So many values a file may have after its aliases are put in: more is an attack on the memory. */
const MAX_VALUES = 1_000_000;
/** So often aliases may be followed, multiplied where they are nested. */
const MAX_ALIASES = 1_000;

/** A file's values, and where each of them stands. */
export interface Source {
  readonly data: unknown;
  readonly locate: Locate;
}

/** Reads YAML 1.2. Errors of the text itself are told before any of its values are looked at. */
export function readYaml(text: string, file: string): Source | readonly Problem[] {
  const lines = new LineCounter();
  const at = (offset: number, message: string, path = ''): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col), path, message };
  };
  const whole = (message: string): readonly Problem[] => [{ file, line: 1, column: 1, path: '', message }];

  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) return whole(`the file has ${bytes} bytes; allowed: at most ${MAX_BYTES} (1 MiB)`);
  const control = notText(text);
  if (control !== null) return [{ file, path: '', ...control }];
  if (isKeepalived(text)) return whole('this is a keepalived configuration; allowed: YAML, see docs/configuration.md');

  // Unique keys are checked below: the package's own check takes 35 s for 50,000 keys.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    version: '1.2',
    schema: 'core',
    logLevel: 'error',
  });
  const errors = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const [syntax] = errors;
  if (syntax !== undefined) {
    const meant = slip(text, errors);
    return [meant === null ? at(syntax.pos[0], syntaxMessage(syntax.code)) : at(meant.offset, notYaml(meant.message))];
  }
  const { yaml } = document.directives ?? {};
  if (yaml?.explicit === true && yaml.version !== '1.2') {
    return whole(`found the directive %YAML ${yaml.version}; allowed: YAML 1.2, which needs no directive`);
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return whole('the file is empty; allowed: a mapping with vrrp, ipvs or both');
  }
  const tree = inspect(document.contents);
  if (tree.findings.length > 0) return tree.findings.map((f) => at(f.offset, f.message, formatPath(f.path)));

  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    return whole(`aliases (*name) that stand for too much; allowed: ${MAX_ALIASES} at most`);
  }
  if (count(data, MAX_VALUES) > MAX_VALUES) {
    return whole(`more than ${MAX_VALUES} values after aliases (*name) are put in; allowed: fewer`);
  }
  const offsetOf = finder(document.contents, tree.targets);
  return { data, locate: (f) => at(offsetOf(f), f.message, formatPath(f.path)) };
}

/** Where the first character stands that no text has, and which it is. */
function notText(text: string): Pick<Problem, 'line' | 'column' | 'message'> | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are looked for
  const offset = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/);
  if (offset < 0) return null;
  const before = text.slice(0, offset).split('\n');
  const code = text.charCodeAt(offset).toString(16).padStart(2, '0');
  return {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    message: `found the control character 0x${code}: this is no text file; allowed: YAML in UTF-8`,
  };
}

/** How many values a tree has; stops counting above `limit`. */
function count(value: unknown, limit: number): number {
  let n = 0;
  const stack = [value];
  while (stack.length > 0 && n <= limit) {
    const top = stack.pop();
    n++;
    if (typeof top === 'object' && top !== null) for (const inner of Object.values(top)) stack.push(inner);
  }
  return n;
}

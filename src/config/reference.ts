import { z } from 'zod';
import { configSchema } from './schema.js';

/** A node of the JSON Schema, as far as the reference page needs it. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly prefixItems?: readonly Node[];
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly not?: object;
}

const TITLE = 'directord.yaml';

/** The JSON Schema of the file, for editors (draft 2020-12). */
export function jsonSchema(): object {
  const schema = z.toJSONSchema(configSchema, { io: 'input', reused: 'inline' });
  return { ...schema, title: TITLE, description: 'The configuration of directord.' };
}

/** `configs/directord.schema.json`. */
export const schemaFile = (): string => `${JSON.stringify(jsonSchema(), null, 2)}\n`;

const HEAD = `# The configuration file

<!-- Generated from src/config by "npm run docs:config": change the schema, not this page. -->

\`/etc/directord/directord.yaml\` is YAML 1.2, at most 1 MiB. \`directord check --config FILE\` says all that is wrong with a file, each
error with its line, column and path; \`--host\` also looks at this machine. An unknown key is an error.

Durations carry a unit: \`10ms\`, \`1s\`, \`1.5s\`, \`5m\`, \`1h\`. Addresses are IPv4 or IPv6; quotes around \`'[2001:db8::1]:80'\` keep
YAML from reading a list. It reads \`yes\` and \`on\` as texts: write \`true\`. Two files to start from:
\`configs/directord.minimal.yaml\` and \`configs/directord.full.yaml\`. For completion in an editor, put this line first: \`# yaml-language-server: $schema=directord.schema.json\`.
`;

/** `docs/configuration.md`: a table for each mapping of the file. */
export const referencePage = (): string => `${HEAD}${section('', jsonSchema() as Node)}`;

/** The mappings that a value may be: itself, a list's elements, the branches of a choice. */
function mappings(node: Node): readonly Node[] {
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  if (branches.length > 0) return branches.flatMap(mappings);
  if (node.items !== undefined && node.prefixItems === undefined) return mappings(node.items);
  return node.properties === undefined ? [] : [node];
}

/** Whether the elements of a list are meant below this node. */
const isList = (node: Node): boolean => node.type === 'array' && node.prefixItems === undefined;

function section(path: string, node: Node): string {
  const { properties = {}, required = [] } = node;
  const rows = Object.entries(properties).map(([key, value]) => {
    const needed = required.includes(key) && value.const === undefined ? '**required**' : defaultOf(value);
    return `| \`${key}\` | ${kind(value)} | ${needed} | ${value.description ?? ''} |`;
  });
  const chosen = Object.entries(properties).find(
    ([, value]) => value.const !== undefined && typeof value.const === 'string',
  );
  const title =
    path === '' ? 'The file' : `\`${path}\`${chosen === undefined ? '' : ` with \`${chosen[0]}: ${chosen[1].const}\``}`;
  const table = `\n## ${title}\n\n| key | value | default | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  const below = Object.entries(properties).map(([key, value]) => {
    const inner = `${path === '' ? '' : `${path}.`}${key}${isList(value) ? '[]' : ''}`;
    if (inner.endsWith('servers[].check')) return '';
    return mappings(value)
      .map((each) => section(inner, each))
      .join('');
  });
  return table + below.join('');
}

function defaultOf(node: Node): string {
  if (node.default === undefined || node.not !== undefined) return '';
  const text = JSON.stringify(node.default);
  if (text === '{}' || text === '[]') return '';
  return typeof node.default === 'object'
    ? `\`${text.replaceAll('"', '').replaceAll(':', ': ')}\``
    : `\`${node.default}\``;
}

function kind(node: Node): string {
  if (node.not !== undefined) return 'not supported yet';
  const branches = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  if (branches.length > 0) return [...new Set(branches.map(kind))].join(' or ');
  if (node.enum !== undefined) return node.enum.map((word) => `\`${word}\``).join(', ');
  if (node.const !== undefined) return `\`${node.const}\``;
  if (node.prefixItems !== undefined) return 'list: path, arguments';
  switch (node.type) {
    case 'array':
      return `list of ${node.items === undefined ? 'values' : plural(kind(node.items))}`;
    case 'object':
      return 'mapping';
    case 'integer':
      return `whole number ${node.minimum} to ${node.maximum}`;
    case 'boolean':
      return '`true`, `false`';
    default:
      return text(node);
  }
}

const plural = (word: string): string => (word === 'mapping' ? 'mappings' : word);

function text(node: Node): string {
  if (node.maxLength !== undefined) return `text, ${node.minLength} to ${node.maxLength} characters`;
  if (node.examples === undefined) return 'text';
  const [first, second] = node.examples;
  if (node.pattern?.includes('us|ms') === true && second !== undefined) return `duration \`${first}\` to \`${second}\``;
  return `text such as ${node.examples.map((example) => `\`${example}\``).join(', ')}`;
}

import type { ErrorCode } from 'yaml';

/** What is wrong and what is right, for each error of the YAML reader. Its own messages repeat pieces of the file. */
const MESSAGES: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias (*name) with a tag or an anchor; allowed: the alias alone, or quotes around the text',
  BAD_ALIAS:
    'an alias (*name) without its anchor (&name) before it; allowed: quotes around a text that begins with * or &',
  BAD_COLLECTION_TYPE: 'a tag (!name) that does not fit; allowed: no tags',
  BAD_DIRECTIVE: 'a directive (a line that begins with %) that YAML does not know; allowed: none',
  BAD_DQ_ESCAPE:
    'a backslash in double quotes that stands for nothing; allowed: \\\\ for the backslash, or single quotes',
  BAD_INDENT:
    'wrong indentation, or a bracket or brace that is not closed; allowed: the keys of one mapping, and the dashes of one list, in one column',
  BAD_PROP_ORDER: 'a tag or an anchor in a place where none can stand; allowed: it stands before its value',
  BAD_SCALAR_START:
    'a text that begins with a character that YAML reserves (@ ` % | > or another); allowed: quotes around it',
  BLOCK_AS_IMPLICIT_KEY:
    'a mapping within a line, as in "a: b: c"; allowed: one key in a line, or quotes around a text with ": "',
  BLOCK_IN_FLOW: 'a list or mapping with indentation within braces; allowed: braces and commas within braces',
  DUPLICATE_KEY: 'a key that stands in this mapping already; allowed: each key once',
  KEY_OVER_1024_CHARS: 'a key of more than 1024 characters; allowed: shorter ones',
  MISSING_CHAR: 'a character is missing: a closing quote, bracket or brace, a comma, a space or ":"',
  MULTILINE_IMPLICIT_KEY:
    'a key that goes over several lines, or a line without ":" behind its key; allowed: KEY: VALUE',
  MULTIPLE_ANCHORS: 'two anchors (&name) at one value; allowed: one, or quotes around the text',
  MULTIPLE_DOCS: 'a second document after ---; allowed: one document in a file',
  MULTIPLE_TAGS: 'two tags (!name) at one value; allowed: no tags',
  NON_STRING_KEY: 'a key that is no text; allowed: the keys of the reference page',
  RESOURCE_EXHAUSTION: 'brackets, braces or dashes nested too deeply; allowed: a few levels',
  TAB_AS_INDENT: 'a tab as indentation; allowed: spaces',
  TAG_RESOLVE_FAILED:
    'a tag (!name) that YAML does not know; allowed: no tags, or quotes around a text that begins with !',
  UNEXPECTED_TOKEN: 'something that cannot stand here, often because a comma, quote or bracket before it is missing',
};

/** Whether the text is in keepalived's own format, which people try first. */
export const isKeepalived = (text: string): boolean =>
  /^[ \t]*(vrrp_instance|vrrp_script|virtual_server|global_defs|vrrp_sync_group)\b[^:\n]*\{/m.test(text);

/** One readable sentence, without any piece of the file: it could be the password. */
export const syntaxMessage = (code: ErrorCode): string => notYaml(MESSAGES[code] ?? 'it cannot be read from here on');

/** What makes a file no YAML. */
export const notYaml = (why: string): string => `this is no YAML: ${why}`;

/** Blanks that are none to YAML, and cannot be told from one on a screen. */
export const BLANKS = /[\u0085\u00a0\u1680\u2000-\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff]/;
const EACH = new RegExp(BLANKS, 'g');

/** Where the first of them stands in a text; -1 where none does. */
export const blankIn = (text: string): number => text.search(BLANKS);

const code = (char: string): string => char.charCodeAt(0).toString(16).padStart(4, '0');

/** What to say of it: `a no-break space (U+00A0), which is no space to YAML; allowed: spaces`. */
export function blankMessage(char: string): string {
  const name = char === '\u00a0' ? 'a no-break space' : 'a blank';
  return `${name} (U+${code(char).toUpperCase()}), which is no space to YAML; allowed: spaces`;
}

/** Makes them visible: `\u00a0`. */
export const visible = (text: string): string => text.replaceAll(EACH, (char) => `\\u${code(char)}`);

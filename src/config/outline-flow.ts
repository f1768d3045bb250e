/** A quote or bracket that is opened and not closed. */
export interface Unclosed {
  readonly offset: number;
  readonly message: string;
}

/** A line that looks as if it stood outside of quotes and brackets. */
const OUTSIDE = /^ *((- +)?[\w-]+:(\s|$)|#)/m;

/**
 * Where the quoted text ends that begins at `start`. One that goes over the keys of further lines, and up to where the
 * reader of YAML gave up, was to end in its own line.
 */
export function quoteEnd(text: string, start: number, gaveUp: number): number | Unclosed {
  const quote = text[start] as string;
  let end = start + 1;
  for (; end < text.length; end++) {
    if (quote === '"' && text[end] === '\\') end++;
    // In single quotes two of them stand for one.
    else if (text[end] === quote && quote === "'" && text[end + 1] === quote) end++;
    else if (text[end] === quote) break;
  }
  const inside = text.slice(start, end);
  const line = inside.indexOf('\n');
  const near = line >= 0 && gaveUp >= start && !text.slice(end, gaveUp).includes('\n');
  if (end < text.length && !(near && OUTSIDE.test(inside.slice(line + 1)))) return end + 1;
  return {
    offset: start,
    message: 'a quote is opened here that is not closed in this line; allowed: the same quote behind the text',
  };
}

const CLOSING: Readonly<Record<string, string>> = { '[': ']', '{': '}' };

/**
 * Where the list or mapping in brackets or braces ends that begins at `start`.
 * @param column of the block around it: a line that is not deeper is outside.
 */
export function flowEnd(text: string, start: number, column: number, gaveUp: number): number | Unclosed {
  const opened: number[] = [];
  const unclosed = (offset: number): Unclosed => {
    const what = text[offset] === '[' ? 'bracket' : 'brace';
    return {
      offset,
      message: `a ${what} is opened here that is not closed; allowed: ${CLOSING[text[offset] as string]} behind it`,
    };
  };
  /** A quote begins a text only at its beginning. */
  let fresh = true;
  for (let i = start; i < text.length; i++) {
    const c = text[i] as string;
    const innermost = opened.at(-1) ?? start;
    if (c === '[' || c === '{') {
      opened.push(i);
      fresh = true;
    } else if (c === ']' || c === '}') {
      if (CLOSING[text[innermost] as string] !== c) {
        return opened.some((at) => CLOSING[text[at] as string] === c) ? unclosed(innermost) : text.length;
      }
      opened.pop();
      fresh = false;
      if (opened.length === 0) return i + 1;
    } else if (c === '\n') {
      const line = /[^\n]*/.exec(text.slice(i + 1, i + 200))?.[0] ?? '';
      if (line.search(/[^ ]/) >= 0 && line.search(/[^ ]/) <= column && OUTSIDE.test(line)) return unclosed(innermost);
    } else if ((c === '"' || c === "'") && fresh) {
      const end = quoteEnd(text, i, gaveUp);
      if (typeof end !== 'number') return end;
      i = end - 1;
      fresh = false;
    } else if (c === '#' && /\s/.test(text[i - 1] ?? ' ')) {
      const end = text.indexOf('\n', i);
      if (end < 0) break;
      i = end - 1;
    } else if (c === ',' || c === ':') fresh = true;
    else if (!/\s/.test(c)) fresh = false;
  }
  return unclosed(opened.at(-1) ?? start);
}

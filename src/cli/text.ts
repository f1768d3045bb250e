/** What may not reach a terminal as it is: control characters, and those that turn the direction of writing. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text of others (names, reasons from a web server) made harmless for a terminal and for a line. */
export const printable = (text: string): string => text.replace(unprintable, '?');

/**
 * JSON that is one line, or indented for people. Characters above ASCII that steer a terminal are escaped as well:
 * JSON.stringify leaves U+0080 to U+009F as they are.
 */
export function toJson(value: unknown, pretty: boolean): string {
  const text = pretty ? JSON.stringify(value, null, 2) : JSON.stringify(value);
  return text.replace(unprintable, (c) => (c === '\n' ? c : escaped(c)));
}

const escaped = (c: string): string =>
  [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');

/** `12s`, `3m12s`, `5h07m`, `3d4h`: the two largest units. */
export function formatAge(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [d, h, m, s] = [
    Math.floor(total / 86_400),
    Math.floor(total / 3600) % 24,
    Math.floor(total / 60) % 60,
    total % 60,
  ];
  if (d > 0) return `${d}d${h}h`;
  if (h > 0) return `${h}h${two(m)}m`;
  if (m > 0) return `${m}m${two(s)}s`;
  return `${s}s`;
}

/** The age of an ISO 8601 time; `-` when it is none. */
export function formatSince(iso: string, now: number): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? '-' : formatAge(now - at);
}

/** `0.4ms`, `12ms`, `1.5s`. */
export function formatMillis(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)}ms`;
  return ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(1)}s`;
}

/** `950B/s`, `1.2MB/s`: decimal units, as on a link. */
export function formatByteRate(perSecond: number): string {
  const units = ['B/s', 'kB/s', 'MB/s', 'GB/s'];
  let value = perSecond;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 100 ? value.toFixed(1) : Math.round(value)}${units[unit]}`;
}

/** `1 server`, `2 servers`. */
export const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

/** Cuts to `width`, with `~` for what is missing. */
export const shorten = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}~`.slice(0, Math.max(0, width));

/** Breaks between words to lines of `width`; a longer word keeps a line of its own, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const two = (n: number): string => String(n).padStart(2, '0');

/** A domain name as its labels, root last and left out: `['www', 'example', 'org']`; the root is empty. */
export type Labels = readonly Uint8Array[];

/** The longest label and the longest name with its root, in bytes (RFC 1035 §2.3.4). */
export const LABEL_LIMIT = 63;
export const NAME_LIMIT = 255;

/** @returns the labels of `www.example.org`, `www.example.org.` or `.`, or why it is no domain name. */
export function parseDomainName(text: string): Labels | string {
  if (text === '.') return [];
  if (!/^[\x21-\x7e]+$/.test(text)) return 'has a character that is not printable ASCII';
  const labels = (text.endsWith('.') ? text.slice(0, -1) : text).split('.');
  if (labels.some((label) => label === '')) return 'has an empty label';
  if (labels.some((label) => label.length > LABEL_LIMIT)) return `has a label of more than ${LABEL_LIMIT} characters`;
  const encoded = labels.map((label) => new TextEncoder().encode(label));
  return sizeOf(encoded) > NAME_LIMIT ? `is longer than ${NAME_LIMIT} bytes` : encoded;
}

/** How many bytes a name has on the wire, not compressed. */
export const sizeOf = (labels: Labels): number => labels.reduce((size, label) => size + 1 + label.length, 1);

/** A name that an administrator wrote, in the form of a decoded one: lower case, with its root. */
export const canonicalName = (text: string): string => {
  const lower = text.toLowerCase();
  return lower.endsWith('.') ? lower : `${lower}.`;
};

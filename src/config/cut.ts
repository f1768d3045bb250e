import { textOf } from './edit.js';
import { cutServices } from './items.js';

/** A text that was cut at its services. */
export interface Cut {
  readonly text: Uint8Array;
  /** Where each service's lines begin, in bytes, and where those of the last one end. */
  readonly starts: Uint32Array;
  /** So many blanks stand before each service's dash. */
  readonly indent: number;
}

/** @returns null where lines do not tell what belongs to which service. */
export function cut(text: Uint8Array): Cut | null {
  const found = cutServices(textOf(text) ?? '');
  if (found === null) return null;
  const starts = new Uint32Array(found.items.length + 1);
  let at = Buffer.byteLength(found.head);
  found.items.forEach((item, i) => {
    starts[i] = at;
    at += Buffer.byteLength(item);
  });
  starts[found.items.length] = at;
  return { text, starts, indent: found.indent };
}

/** How many services it has. */
export const countOf = ({ starts }: Cut): number => starts.length - 1;

/**
 * What the pieces have behind the text: where services are the last of it, their last line ends with a line break that
 * the text need not have.
 */
export const addedTo = ({ starts, text }: Cut): string => ((starts.at(-1) ?? 0) > text.length ? '\n' : '');

/** The lines of one service. */
export const itemOf = ({ starts, text }: Cut, place: number): string =>
  piece(text, starts[place] ?? 0, starts[place + 1] ?? 0);

/** All up to the first service, and all behind the last one. */
export const around = ({ starts, text }: Cut): { readonly head: string; readonly tail: string } => ({
  head: piece(text, 0, starts[0] ?? 0),
  tail: piece(text, starts.at(-1) ?? 0, text.length),
});

const piece = (text: Uint8Array, begin: number, end: number): string =>
  `${textOf(text.subarray(begin, end)) ?? ''}${end > text.length ? '\n' : ''}`;

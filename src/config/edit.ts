import { isAscii } from 'node:buffer';

/** Another version of a text, in bytes: so many of the former one's beginning, these, and so many of its end. */
export interface Edit {
  readonly head: number;
  readonly middle: Uint8Array;
  readonly tail: number;
}

/** What differs between two versions of a text. */
export function editOf(before: Uint8Array, now: Uint8Array): Edit {
  const most = Math.min(before.length, now.length);
  const head = commonHead(before.subarray(0, most), now.subarray(0, most));
  const tail = commonTail(before.subarray(head), now.subarray(head));
  return { head, middle: now.subarray(head, now.length - tail), tail };
}

/** How many bytes the edited text has. */
export const lengthOf = ({ head, middle, tail }: Edit): number => head + middle.length + tail;

/** The bytes from `begin` to before `end` of the edited text; all of them where neither is given. */
export function edited(before: Uint8Array, edit: Edit, begin = 0, end = lengthOf(edit)): Buffer {
  const { head, middle, tail } = edit;
  const back = head + middle.length;
  const from = (bytes: Uint8Array, at: number): Uint8Array =>
    bytes.subarray(Math.max(begin - at, 0), Math.max(end - at, 0));
  return Buffer.concat([
    from(before.subarray(0, head), 0),
    from(middle, head),
    from(before.subarray(before.length - tail), back),
  ]);
}

/** How many bytes two texts have in common at their beginnings. */
export function commonHead(a: Uint8Array, b: Uint8Array): number {
  return common(a, b, (bytes, from, to) => bytes.subarray(from, to));
}

/** How many bytes two texts have in common at their ends. */
export function commonTail(a: Uint8Array, b: Uint8Array): number {
  return common(a, b, (bytes, from, to) => bytes.subarray(bytes.length - to, bytes.length - from));
}

const WIDEST = 65_536;
const NARROWER = 16;

type Part = (bytes: Uint8Array, from: number, to: number) => Uint8Array;

/** Compares by long pieces: a comparison of those is made by the machine, a loop over bytes by us. */
function common(a: Uint8Array, b: Uint8Array, part: Part): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  for (let step = WIDEST; step >= 1; step /= NARROWER)
    while (
      length + step <= most &&
      Buffer.compare(part(a, length, length + step), part(b, length, length + step)) === 0
    )
      length += step;
  return length;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 as a text, as it is. @returns null where it is none. */
export function textOf(bytes: Uint8Array): string | null {
  // A decoder makes a text of twice as many bytes, and takes ten times as long.
  if (isAscii(bytes)) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

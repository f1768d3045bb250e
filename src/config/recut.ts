import { cutServices, type Items } from './items.js';

/** A text that was cut at its services, and where they begin. */
export interface Cut extends Items {
  /** Its pieces, one behind the other. */
  readonly whole: string;
  readonly starts: readonly number[];
  /** Where the last one ends. */
  readonly end: number;
}

/** Another version of a text: which services it has from the one before (their places; null: a new one), and what is new. */
export interface Recut {
  readonly head: string;
  readonly kept: readonly (number | null)[];
  /** The new services, in their order. */
  readonly fresh: readonly string[];
  /** Its first service, new or not. */
  readonly first: string;
  readonly tail: string;
}

/** @returns null where lines do not tell what belongs to which service. */
export function cut(text: string): Cut | null {
  const items = cutServices(text);
  if (items === null) return null;
  const starts: number[] = [];
  let at = items.head.length;
  for (const item of items.items) {
    starts.push(at);
    at += item.length;
  }
  return { ...items, starts, end: at, whole: items.head + items.items.join('') + items.tail };
}

/** Cuts another version of a text. @param text of `before`. @returns null where lines do not tell what belongs to which service. */
export function recut(before: Cut, text: string, now: string): Recut | null {
  return nearby(before, text, now) ?? anew(before, now);
}

function anew(before: Cut, now: string): Recut | null {
  const found = cutServices(now);
  if (found === null) return null;
  const places = new Map(before.items.map((item, i) => [item, i]));
  const kept = found.items.map((item) => places.get(item) ?? null);
  return { ...found, kept, fresh: found.items.filter((_, i) => kept[i] === null), first: found.items[0] ?? '' };
}

/**
 * Only what lies between the first and the last difference is looked at line by line: whole services before and behind
 * are the same as they were. @returns null where that does not show.
 */
function nearby(before: Cut, text: string, now: string): Recut | null {
  const { starts, items, whole, indent } = before;
  // Where services are the last of a text, its last line ends with a line break that the text need not have.
  const added = whole.length > text.length ? '\n' : '';
  // To add it to a long text would copy that.
  const then = (begin: number, end: number): string => now.slice(begin, end) + (end > now.length ? added : '');
  const length = now.length + added.length;
  const [same, ends] = commonEnds(whole.slice(0, whole.length - added.length), now);
  const alike = ends + added.length;
  const [moved, from] = [length - whole.length, whole.length - alike];
  const at = (place: number): number => starts[place] ?? whole.length;
  // Where the next one's dash stands as well, a service is over.
  let ahead = 0;
  while (ahead + 1 < items.length && at(ahead + 1) + indent + 2 <= same) ahead += 1;
  let behind = items.length;
  while (behind > ahead && at(behind - 1) > from) behind -= 1;
  // One of each stays, and shows that what is left out was in its place.
  const first = Math.max(ahead - 1, 0);
  const last = Math.min(behind + 1, items.length);
  const end = last === items.length ? before.end : at(last);
  // The difference, with as few services as show it.
  const few =
    behind === items.length
      ? then(0, at(0)) + then(at(first), length)
      : then(0, at(0)) + then(at(first), end + moved) + before.tail;
  const found = cutServices(added === '' ? few : few.slice(0, -1));
  if (found === null) return null;
  if (ahead > 0 && (found.head !== before.head || found.items[0] !== items[first])) return null;
  if (behind < items.length && (found.tail !== before.tail || found.items.at(-1) !== items[behind])) return null;
  const places = new Map(items.slice(first, last).map((item, i) => [item, first + i]));
  const between = found.items.map((item) => places.get(item) ?? null);
  return {
    head: found.head,
    kept: [...range(0, first), ...between, ...range(last, items.length)],
    fresh: found.items.filter((_, i) => between[i] === null),
    first: (first > 0 ? items[0] : found.items[0]) ?? '',
    tail: found.tail,
  };
}

/** How many characters two texts have in common at their beginnings, and at the ends of what is left of them. */
export function commonEnds(a: string, b: string): [head: number, tail: number] {
  const most = Math.min(a.length, b.length);
  const head = common(most, (from, to) => a.slice(from, to) === b.slice(from, to));
  const tail = common(
    most - head,
    (from, to) => a.slice(a.length - to, a.length - from) === b.slice(b.length - to, b.length - from),
  );
  return [head, tail];
}

const WIDEST = 65_536;
const NARROWER = 16;

/** Compares by long pieces: a comparison of texts is made by the machine, a loop over characters by us. */
function common(most: number, same: (from: number, to: number) => boolean): number {
  let length = 0;
  for (let step = WIDEST; step >= 1; step /= NARROWER)
    while (length + step <= most && same(length, length + step)) length += step;
  return length;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

import { addedTo, around, type Cut, countOf, itemOf } from './cut.js';
import { type Edit, edited, lengthOf, textOf } from './edit.js';
import { cutServices } from './items.js';

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

/** Cuts another version of a text. @returns null where lines do not tell what belongs to which service. */
export function recut(before: Cut, edit: Edit): Recut | null {
  return nearby(before, edit) ?? anew(before, edit);
}

function anew(before: Cut, edit: Edit): Recut | null {
  const found = cutServices(textOf(edited(before.text, edit)) ?? '');
  if (found === null) return null;
  const places = placesOf(before, 0, countOf(before));
  const kept = found.items.map((item) => places.get(item) ?? null);
  return { ...found, kept, fresh: found.items.filter((_, i) => kept[i] === null), first: found.items[0] ?? '' };
}

/**
 * Only what lies between the first and the last difference is looked at line by line: whole services before and behind
 * are the same as they were. @returns null where that does not show.
 */
function nearby(before: Cut, edit: Edit): Recut | null {
  const { starts, text, indent } = before;
  const added = addedTo(before);
  const count = countOf(before);
  const [whole, length] = [text.length + added.length, lengthOf(edit) + added.length];
  const moved = length - whole;
  const from = text.length - edit.tail;
  const at = (place: number): number => (place < count ? (starts[place] ?? whole) : whole);
  // Where the next one's dash stands as well, a service is over.
  let ahead = 0;
  while (ahead + 1 < count && at(ahead + 1) + indent + 2 <= edit.head) ahead += 1;
  let behind = count;
  while (behind > ahead && at(behind - 1) > from) behind -= 1;
  // One of each stays, and shows that what is left out was in its place.
  const first = Math.max(ahead - 1, 0);
  const last = Math.min(behind + 1, count);
  const end = starts[last] ?? whole;
  const outer = around(before);
  // The difference, with as few services as show it.
  const lead = textOf(edited(text, edit, 0, at(0)));
  const difference = textOf(edited(text, edit, at(first), behind === count ? length : end + moved));
  if (lead === null || difference === null) return null;
  const few = behind === count ? lead + difference : lead + difference + outer.tail;
  const found = cutServices(added !== '' && last < count ? few.slice(0, -added.length) : few);
  if (found === null) return null;
  if (ahead > 0 && (found.head !== outer.head || found.items[0] !== itemOf(before, first))) return null;
  if (behind < count && (found.tail !== outer.tail || found.items.at(-1) !== itemOf(before, behind))) return null;
  const places = placesOf(before, first, last);
  const between = found.items.map((item) => places.get(item) ?? null);
  return {
    head: found.head,
    kept: [...range(0, first), ...between, ...range(last, count)],
    fresh: found.items.filter((_, i) => between[i] === null),
    first: (first > 0 ? itemOf(before, 0) : found.items[0]) ?? '',
    tail: found.tail,
  };
}

function placesOf(before: Cut, from: number, to: number): ReadonlyMap<string, number> {
  return new Map(range(from, to).map((place) => [itemOf(before, place), place]));
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

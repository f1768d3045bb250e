/**
 * How two lists begin and end with the same elements (the same objects). Of a long list with one change, what remains
 * between both ends is that change: nothing has to be made of all the others.
 */
export function alike<T>(a: readonly T[], b: readonly T[]): { readonly head: number; readonly tail: number } {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  return { head, tail };
}

/** The elements of each list that the other one does not have, in their order. */
export function apart<T>(a: readonly T[], b: readonly T[]): { readonly left: T[]; readonly right: T[] } {
  const { head, tail } = alike(a, b);
  const [left, right] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
  const [ofLeft, ofRight] = [new Set(left), new Set(right)];
  return { left: left.filter((each) => !ofRight.has(each)), right: right.filter((each) => !ofLeft.has(each)) };
}

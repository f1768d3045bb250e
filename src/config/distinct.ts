import { type Finding, formatPath, type Path } from './problem.js';

/** A list whose elements must differ in something. */
export interface Distinct<T> {
  readonly list: readonly T[];
  readonly keyOf: (element: T) => string | null;
  /** The path of element `index`, without the key that is compared. */
  readonly pathOf: (index: number) => Path;
  /** The key that is compared, where an element is a mapping. */
  readonly at?: string;
  /** `first` is the path of the earlier element, as in the file. */
  readonly say: (element: T, first: string) => string;
  /** Equal elements that another check tells about. */
  readonly except?: (element: T, first: T) => boolean;
}

/** Says so for each element whose key an earlier one has already. */
export type Repeated = <T>(what: Distinct<T>) => Finding[];

/** @param original gives the path in the file of a path in what is checked. */
export const repeatedIn =
  (original: (path: Path) => Path): Repeated =>
  ({ list, keyOf, pathOf, at, say, except }) => {
    const firsts = new Map<string, number>();
    return list.flatMap((element, i) => {
      const key = keyOf(element);
      if (key === null) return [];
      const index = firsts.get(key);
      const first = index === undefined ? undefined : list[index];
      if (index === undefined || first === undefined) {
        firsts.set(key, i);
        return [];
      }
      if (except?.(element, first) === true) return [];
      const path = at === undefined ? pathOf(i) : [...pathOf(i), at];
      return [{ path, message: say(element, formatPath(original(pathOf(index)))) }];
    });
  };

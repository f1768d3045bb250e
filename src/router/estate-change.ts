import type { VirtualAddress } from '../ports/addresses.js';
import type { Way } from '../ports/routes.js';
import type { Estate } from './holdings.js';

/** What leads from one estate of an instance to another. */
export interface EstateChange {
  readonly dropped: Pick<Estate, 'addresses' | 'ways'>;
  readonly added: Pick<Estate, 'addresses' | 'ways'>;
  /** They differ, if only in their order. */
  readonly differ: boolean;
}

/** Compares two estates. What stands in another way (a label, a gateway) is dropped and added. */
export function estateChange(before: Estate, after: Estate): EstateChange {
  const addresses = missing<VirtualAddress>(before.addresses, after.addresses);
  const ways = missing<Way>(before.ways, after.ways);
  return {
    dropped: { addresses: addresses.dropped, ways: ways.dropped },
    added: { addresses: addresses.added, ways: ways.added },
    differ: addresses.differ || ways.differ,
  };
}

function missing<T>(before: readonly T[], after: readonly T[]) {
  const [old, now] = [before.map((each) => JSON.stringify(each)), after.map((each) => JSON.stringify(each))];
  const [had, has] = [new Set(old), new Set(now)];
  return {
    dropped: before.filter((_, i) => !has.has(old[i] ?? '')),
    added: after.filter((_, i) => !had.has(now[i] ?? '')),
    differ: old.length !== now.length || old.some((text, i) => text !== now[i]),
  };
}

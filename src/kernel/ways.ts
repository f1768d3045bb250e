import { describeWay, type Laid, type Way, type Ways } from '../ports/routes.js';
import type { Failure } from '../values/failure.js';
import type { Verdict } from '../wire/generic-netlink.js';
import { failureOf } from './failure.js';
import { errnoName } from './generic-netlink.js';
import { native as addon, type Native } from './native.js';
import { RouteNetlink } from './route-netlink.js';
import { watchRoutes } from './route-watch.js';
import { encodeWay, interfacesOf } from './way-messages.js';
import * as W from './way-numbers.js';
import { onlyLosses } from './way-watch.js';

/**
 * What of a removal says that it is not there any more. ENODEV and ENOENT: with its interface, or with its table;
 * EAFNOSUPPORT: a kernel without rules has none of ours.
 */
const GONE = ['ESRCH', 'ENOENT', 'ENODEV', 'EAFNOSUPPORT'];
const GROUPS = W.RTMGRP_IPV4_ROUTE | W.RTMGRP_IPV4_RULE | W.RTMGRP_IPV6_ROUTE | (1 << (W.RTNLGRP_IPV6_RULE - 1));
/** At most ten times a second, however often others replace routes. */
const SETTLING_MS = 100;

/** Routes and rules of this network namespace, by rtnetlink. Changing them needs CAP_NET_ADMIN. */
export class KernelWays implements Ways {
  readonly #native: Native;
  readonly #changes: RouteNetlink;
  /** The indexes of the interfaces of each route that was added: they may have other names when it is removed. */
  readonly #places = new Map<Way, ReadonlyMap<string, number>>();

  constructor(native: Native = addon) {
    this.#native = native;
    this.#changes = new RouteNetlink(native);
  }

  async add(list: readonly Way[]): Promise<readonly Laid[]> {
    return (await this.#change('add', list)).map(({ way, code, sentence }): Laid => {
      if (code === null) return 'added';
      return code === 'EEXIST' ? 'there' : refusal(`${way.kind}.add`, way, code, sentence);
    });
  }

  async remove(list: readonly Way[]): Promise<readonly (Failure | null)[]> {
    return (await this.#change('remove', list)).map(({ way, code, sentence }) =>
      code === null || GONE.includes(code) ? null : refusal(`${way.kind}.remove`, way, code, sentence),
    );
  }

  /** @throws SystemError when the kernel gives no socket. */
  watch(changed: () => void): { close(): void } {
    return watchRoutes(this.#native, { groups: GROUPS, filter: onlyLosses(), settlingMs: SETTLING_MS }, changed);
  }

  /** Closes the socket when what runs has ended. */
  close(): Promise<void> {
    return this.#changes.close();
  }

  async #change(kind: 'add' | 'remove', list: readonly Way[]): Promise<readonly Outcome[]> {
    try {
      const places = new Map(list.map((way) => [way, this.#placesOf(kind, way)]));
      const asked = list.filter((way) => places.get(way) !== null);
      const indexes = (way: Way) => (name: string) => places.get(way)?.get(name) ?? 0;
      const { verdicts, first } =
        asked.length === 0
          ? { verdicts: new Map<number, Verdict>(), first: 0 }
          : await this.#changes.exchange(asked.length, (at) =>
              Buffer.concat(asked.map((way, i) => encodeWay(kind, way, indexes(way), at + i))),
            );
      const numbers = new Map(asked.map((way, i) => [way, first + i]));
      return list.map((way): Outcome => {
        const number = numbers.get(way);
        if (number === undefined) return { way, code: 'ENODEV', sentence: null };
        const verdict = verdicts.get(number);
        if (verdict === undefined) return { way, code: 'no-answer', sentence: null };
        const place = places.get(way) ?? null;
        if (kind === 'remove') this.#places.delete(way);
        else if (verdict.errno === 0 && place !== null) this.#places.set(way, place);
        return { way, code: verdict.errno === 0 ? null : errnoName(verdict.errno), sentence: verdict.message };
      });
    } catch (error) {
      const { code, detail } = failureOf('', '', error);
      return list.map((way) => ({ way, code, sentence: detail.trim() }));
    }
  }

  /** Indexes by name, or null where an interface is not there. */
  #placesOf(kind: 'add' | 'remove', way: Way): ReadonlyMap<string, number> | null {
    const known = kind === 'remove' ? this.#places.get(way) : undefined;
    if (known !== undefined) return known;
    const found = new Map(interfacesOf(way).map((name) => [name, this.#native.interfaceIndex(name)]));
    return [...found.values()].includes(0) ? null : found;
  }
}

interface Outcome {
  readonly way: Way;
  /** null: done. */
  readonly code: string | null;
  /** The kernel's own. */
  readonly sentence: string | null;
}

const refusal = (what: string, way: Way, code: string, sentence: string | null): Failure => ({
  what,
  code,
  detail: sentence === null ? describeWay(way) : `${describeWay(way)} (kernel: ${sentence})`,
});

import type { Link, LinkAddress } from '../ports/addresses.js';
import type { Ip } from '../values/ip.js';

/** The links and addresses of one reading, by name and address: every instance asks, and there may be thousands. */
export class LinkIndex {
  readonly #links: ReadonlyMap<string, Link>;
  readonly #virtual: ReadonlySet<Ip>;
  readonly #byAddress = new Map<string, ReadonlyMap<Ip, readonly LinkAddress[]>>();
  readonly #own = new Map<string, readonly LinkAddress[]>();

  private constructor(links: readonly Link[], virtual: ReadonlySet<Ip>) {
    this.#links = new Map(links.map((link) => [link.name, link]));
    this.#virtual = virtual;
  }

  /** The index of this reading: the same record gives the same index. @param virtual every virtual address there is. */
  static of(links: readonly Link[], virtual: ReadonlySet<Ip>): LinkIndex {
    const known = indexes.get(links);
    if (known !== undefined && known.#virtual === virtual) return known;
    const index = new LinkIndex(links, virtual);
    indexes.set(links, index);
    return index;
  }

  link(name: string): Link | null {
    return this.#links.get(name) ?? null;
  }

  /** The address on that interface; several where it stands with several prefixes. */
  find(name: string, address: Ip): readonly LinkAddress[] {
    let table = this.#byAddress.get(name);
    if (table === undefined) {
      const made = new Map<Ip, readonly LinkAddress[]>();
      for (const each of this.#links.get(name)?.addresses ?? []) {
        const { address: key } = each.cidr;
        made.set(key, [...(made.get(key) ?? []), each]);
      }
      table = made;
      this.#byAddress.set(name, table);
    }
    return table.get(address) ?? [];
  }

  /** The interface's own addresses: those that are nobody's virtual ones. */
  own(name: string): readonly LinkAddress[] {
    const known = this.#own.get(name);
    if (known !== undefined) return known;
    const found = (this.#links.get(name)?.addresses ?? []).filter((a) => !this.#virtual.has(a.cidr.address));
    this.#own.set(name, found);
    return found;
  }
}

const indexes = new WeakMap<readonly Link[], LinkIndex>();

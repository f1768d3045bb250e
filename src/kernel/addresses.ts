import type { Addresses, Link, LinkAddress, Prompt, VirtualAddress } from '../ports/addresses.js';
import type { Failure } from '../values/failure.js';
import { formatCidr, isIpv6 } from '../values/ip.js';
import type { Instant } from '../values/time.js';
import type { Verdict } from '../wire/generic-netlink.js';
import { type NetlinkMessage, NetlinkWriter } from '../wire/netlink.js';
import { decodeAddress, encodeGetAddresses, writeAddAddress, writeRemoveAddress } from './address-messages.js';
import { failureOf } from './failure.js';
import { errnoName } from './generic-netlink.js';
import { native as addon, type Native } from './native.js';
import { decodeLink, encodeGetLinks } from './route-messages.js';
import { RouteNetlink } from './route-netlink.js';
import { watchRoutes } from './route-watch.js';
import { RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR, RTMGRP_LINK } from './socket-numbers.js';

/** Changes in one exchange: bounds what is held in memory. */
const BATCH = 2048;
/** How often a dump that the kernel calls inconsistent is read again before it is taken as it is. */
const DUMP_ATTEMPTS = 5;
const GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
/** The largest index, which the kernel gives to none: it counts up from 1. */
const NO_INTERFACE = 0x7fff_ffff;
const REHEARSALS = 10;
/** So many of a list are played before a takeover. */
const PREPARED = 4;
/** News of one change come together; and our own change's answer, which comes after them, is heard before we read all anew. */
const SETTLING_MS = 2;

/** What the two kinds of change have in common, as one table. ENXIO: IPv6 is disabled on that interface. */
const CHANGES = {
  add: { what: 'address.add', write: writeAddAddress, done: ['EEXIST'] },
  remove: { what: 'address.remove', write: writeRemoveAddress, done: ['EADDRNOTAVAIL', 'ENODEV', 'ENXIO'] },
} as const;

/** Links and addresses of this network namespace, by rtnetlink. Changing them needs CAP_NET_ADMIN. */
export class KernelAddresses implements Addresses {
  readonly #native: Native;
  /** Apart, so that a change does not wait for a dump. */
  readonly #dumps: RouteNetlink;
  readonly #changes: RouteNetlink;
  /** The interface's index of each address that was added and not removed yet. */
  readonly #added = new Map<string, number>();
  /** IPv6 addresses that stood already when they were to be added last, in whatever form. */
  readonly #found = new Set<VirtualAddress>();

  /** Requests to add, kept from before a takeover. */
  readonly #written = new WeakMap<readonly VirtualAddress[], { places: readonly number[]; bytes: Uint8Array }>();

  constructor(native: Native = addon) {
    this.#native = native;
    this.#dumps = new RouteNetlink(native);
    this.#changes = new RouteNetlink(native, true);
  }

  /** @throws Error (rejects) when the kernel does not answer, with its errno in the message. */
  async links(): Promise<readonly Link[]> {
    const rows = present(await this.#dump('links', encodeGetLinks), decodeLink);
    const found = present(await this.#dump('addresses', encodeGetAddresses), decodeAddress);
    const byIndex = new Map<number, LinkAddress[]>();
    for (const { index, address } of found) {
      const list = byIndex.get(index);
      if (list === undefined) byIndex.set(index, [address]);
      else list.push(address);
    }
    // A dump resumes by position while others write: a row can come twice.
    const unique = new Map(rows.map((link) => [link.index, link]));
    return [...unique.values()].map((link) => ({ ...link, addresses: byIndex.get(link.index) ?? [] }));
  }

  async add(list: readonly VirtualAddress[], prompt: Prompt | null = null): Promise<readonly (Failure | null)[]> {
    const results = await this.#change('add', list, undefined, prompt);
    if (this.#found.size === 0) return results;
    const found = new Set(this.#found);
    this.#found.clear();
    return this.#replace(list, results, found);
  }

  /**
   * IPv6 has an address once on an interface, with whatever prefix, also one that duplicate detection has found useless:
   * what stands in the place of ours is not ours, and goes.
   */
  async #replace(
    list: readonly VirtualAddress[],
    results: readonly (Failure | null)[],
    found: ReadonlySet<VirtualAddress>,
  ): Promise<readonly (Failure | null)[]> {
    const links = new Map((await this.links()).map((link) => [link.name, link.addresses]));
    const wrong = list.flatMap((address) => {
      if (!found.has(address)) return [];
      const { cidr } = address;
      const there = links.get(address.interface)?.find((a) => a.cidr.address === cidr.address);
      if (there === undefined || (there.cidr.prefix === cidr.prefix && there.detection !== 'failed')) return [];
      return [{ ours: address, theirs: { ...address, cidr: there.cidr } }];
    });
    if (wrong.length === 0) return results;
    await this.#change(
      'remove',
      wrong.map(({ theirs }) => theirs),
    );
    const ours = wrong.map((each) => each.ours);
    const again = await this.#change('add', ours);
    this.#found.clear();
    return list.map((address, i) =>
      ours.includes(address) ? (again[ours.indexOf(address)] ?? null) : (results[i] ?? null),
    );
  }

  remove(list: readonly VirtualAddress[]): Promise<readonly (Failure | null)[]> {
    return this.#change('remove', list);
  }

  /** @throws SystemError when the kernel gives no socket. */
  watch(changed: () => void): { close(): void } {
    return watchRoutes(this.#native, { groups: GROUPS, filter: null, settlingMs: SETTLING_MS }, changed);
  }

  /**
   * Asks for addresses on an interface that cannot be, which the kernel refuses: so that the first real change finds its
   * code compiled, its socket open and its thread running.
   */
  async rehearse(list: readonly VirtualAddress[]): Promise<void> {
    for (let round = 0; round < REHEARSALS; round += 1) await this.#change('add', list, () => NO_INTERFACE);
  }

  /** Writes the request: for thousands of addresses it takes longer than a takeover may. */
  foresee(list: readonly VirtualAddress[]): void {
    this.#write(list);
  }

  /** Plays an exchange that changes nothing, and keeps the thread that makes the changes awake. */
  prepare(list: readonly VirtualAddress[], until: Instant): void {
    if (!this.#changes.idle) return;
    this.#changes.standBy(until);
    this.#write(list);
    void this.#change('add', list.slice(0, PREPARED), () => NO_INTERFACE);
  }

  /** Closes the sockets when what runs has ended. */
  async close(): Promise<void> {
    await Promise.all([this.#dumps.close(), this.#changes.close()]);
  }

  async #dump(what: string, encode: (sequence: number) => Uint8Array): Promise<readonly NetlinkMessage[]> {
    for (let attempt = 1; ; attempt += 1) {
      const { rows, interrupted, verdicts, first } = await this.#dumps.exchange(1, encode);
      const errno = verdicts.get(first)?.errno ?? 0;
      if (errno !== 0) throw new Error(`dump of ${what}: ${errnoName(errno)}`);
      // Taken after some attempts: each change in between also calls back, and all is read again.
      if (!interrupted || attempt === DUMP_ATTEMPTS) return rows;
    }
  }

  async #change(
    kind: 'add' | 'remove',
    list: readonly VirtualAddress[],
    indexOf = (name: string): number => this.#native.interfaceIndex(name),
    prompt: Prompt | null = null,
  ): Promise<readonly (Failure | null)[]> {
    const results: (Failure | null)[] = [];
    if (list.length <= BATCH) return this.#changeBatch(kind, list, indexOf, prompt);
    for (let start = 0; start < list.length; start += BATCH) {
      results.push(...(await this.#changeBatch(kind, list.slice(start, start + BATCH), indexOf, null)));
    }
    return results;
  }

  #remember(kind: 'add' | 'remove', address: VirtualAddress, index: number): void {
    if (kind === 'add') this.#added.set(placeOf(address), index);
    else this.#added.delete(placeOf(address));
  }

  /** Writes the request that adds them, as it will be sent if their interfaces are then what they are now. */
  #write(list: readonly VirtualAddress[]): void {
    if (list.length > BATCH) return;
    const names = indexes(list, (name) => this.#native.interfaceIndex(name));
    const places = list.map((address) => names.get(address.interface) ?? 0);
    if (places.includes(0)) return;
    if (this.#written.get(list)?.places.every((index, i) => index === places[i]) === true) return;
    const bytes = requests('add', list, places, 0);
    this.#written.set(list, { places, bytes });
  }

  async #changeBatch(
    kind: 'add' | 'remove',
    list: readonly VirtualAddress[],
    indexOf: (name: string) => number,
    prompt: Prompt | null,
  ): Promise<(Failure | null)[]> {
    const { what, done } = CHANGES[kind];
    try {
      const names = indexes(list, indexOf);
      // What was added is removed from where it was added to: the interface may have another name by now.
      const places = list.map(
        (address) =>
          (kind === 'remove' ? this.#added.get(placeOf(address)) : undefined) ?? names.get(address.interface) ?? 0,
      );
      const there = places.filter((index) => index !== 0);
      const asked = there.length === list.length ? list : list.filter((_, i) => places[i] !== 0);
      const encode = (first: number): Uint8Array => {
        const written = kind === 'add' && asked.length === list.length ? this.#written.get(list) : undefined;
        if (written?.places.every((index, i) => index === names.get(list[i]?.interface ?? ''))) {
          return numbered(written.bytes, first);
        }
        return requests(kind, asked, there, first);
      };
      const { verdicts, first } =
        asked.length === 0
          ? { verdicts: new Map<number, Verdict>(), first: 0 }
          : await this.#changes.exchange(asked.length, encode, asked.length === list.length ? prompt : null);
      let next = first;
      return list.map((address, i) => {
        const index = places[i] ?? 0;
        if (index === 0) return judge(what, done, address, 'ENODEV', null);
        const verdict = verdicts.get(next++);
        if (verdict === undefined) return judge(what, done, address, 'no-answer', null);
        const code = verdict.errno === 0 ? null : errnoName(verdict.errno);
        const failure = code === null ? null : judge(what, done, address, code, verdict.message);
        if (failure === null) this.#remember(kind, address, index);
        if (code === 'EEXIST' && isIpv6(address.cidr.address)) this.#found.add(address);
        return failure;
      });
    } catch (error) {
      return list.map((address) => failureOf(what, placeOf(address), error));
    }
  }
}

/** The index of each interface, 0 for one that is not there. */
function indexes(list: readonly VirtualAddress[], indexOf: (name: string) => number): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const { interface: name } of list) if (!names.has(name)) names.set(name, indexOf(name));
  return names;
}

/** One message each, with successive sequence numbers. */
function requests(
  kind: 'add' | 'remove',
  list: readonly VirtualAddress[],
  places: readonly number[],
  first: number,
): Uint8Array {
  const writer = new NetlinkWriter(96 * list.length);
  for (const [i, address] of list.entries()) CHANGES[kind].write(writer, address, places[i] ?? 0, first + i);
  return writer.take();
}

/** Gives netlink messages that lie one after another successive sequence numbers, in place. */
function numbered(messages: Uint8Array, first: number): Uint8Array {
  const words = new Uint32Array(messages.buffer, messages.byteOffset, messages.byteLength / 4);
  let sequence = first;
  for (let at = 0; at < words.length; at += Math.ceil((words[at] ?? 0) / 4) || words.length) {
    words[at + 2] = sequence;
    sequence += 1;
  }
  return messages;
}

const placeOf = (address: VirtualAddress): string => `${formatCidr(address.cidr)} on ${address.interface}`;

function judge(
  what: string,
  done: readonly string[],
  address: VirtualAddress,
  code: string,
  sentence: string | null,
): Failure | null {
  if (done.includes(code)) return null;
  const place = placeOf(address);
  return { what, code, detail: sentence === null ? place : `${place} (kernel: ${sentence})` };
}

function present<T>(rows: readonly NetlinkMessage[], decode: (row: NetlinkMessage) => T | null): T[] {
  return rows.map(decode).filter((row): row is T & {} => row !== null);
}

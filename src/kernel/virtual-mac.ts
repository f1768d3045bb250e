import { writeFile } from 'node:fs/promises';
import type { VirtualMac, VirtualMacs } from '../ports/virtual-mac.js';
import type { Failure } from '../values/failure.js';
import { type NetlinkMessage, NetlinkWriter } from '../wire/netlink.js';
import { failureOf } from './failure.js';
import { errnoName } from './generic-netlink.js';
import * as L from './link-numbers.js';
import {
  type ArpConf,
  decodeConfAll,
  decodeMacLink,
  encodeConfigure,
  encodeCreateMacvlan,
  encodeDeleteLink,
  encodeDumpLinks,
  encodeGetConfAll,
  encodeUp,
  type MacLink,
} from './macvlan-messages.js';
import { native as addon, type Native } from './native.js';
import { RouteNetlink } from './route-netlink.js';
import {
  before,
  find,
  isOurs,
  liesOn,
  raised,
  readNote,
  restored,
  reversePathFilter,
  writeNote,
} from './virtual-mac-plan.js';

/** How often a dump that the kernel calls inconsistent is read again before it is taken as it is. */
const DUMP_ATTEMPTS = 5;
const ENSURE = 'virtual-mac.ensure';
const REMOVE = 'virtual-mac.remove';

/** One request: how it is written, and what it is about. */
interface Request {
  readonly about: string;
  readonly encode: (w: NetlinkWriter, sequence: number) => void;
}

type SetIpv6 = (path: string, value: string) => Promise<void>;

/**
 * Macvlans of this network namespace, by rtnetlink, off the event loop. Needs CAP_NET_ADMIN. IPv4's settings go by netlink as
 * well, so that a read-only /proc/sys is no hindrance; for IPv6's the kernel has /proc/sys only.
 */
export class KernelVirtualMacs implements VirtualMacs {
  readonly #netlink: RouteNetlink;
  readonly #warn: (failure: Failure) => void;
  readonly #setIpv6: SetIpv6;
  readonly #warned = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();

  /** @param warn is told once of each setting that could not be made and that the router can do without. */
  constructor(warn: (failure: Failure) => void, native: Native = addon, setIpv6: SetIpv6 = (p, v) => writeFile(p, v)) {
    this.#netlink = new RouteNetlink(native);
    this.#warn = warn;
    this.#setIpv6 = setIpv6;
  }

  ensure(wanted: readonly VirtualMac[]): Promise<readonly (Failure | null)[]> {
    return this.#inTurn(ENSURE, wanted, async (links) => {
      const filter = reversePathFilter(await this.#reversePathFilterOfAll());
      const results: (Failure | null)[] = [];
      for (const each of wanted) results.push(await this.#ensure(each, links, filter));
      return results;
    });
  }

  remove(wanted: readonly VirtualMac[]): Promise<readonly (Failure | null)[]> {
    return this.#inTurn(REMOVE, wanted, async (links) => {
      const going = new Set(wanted.map((each) => each.name));
      const staying = links.filter((link) => !going.has(link.name));
      const results: (Failure | null)[] = [];
      for (const each of wanted) {
        const link = links.find((l) => l.name === each.name);
        results.push(link === undefined || !isOurs(link) ? null : await this.#remove(link, links, staying));
      }
      return results;
    });
  }

  /** Closes the socket when what runs has ended. */
  async close(): Promise<void> {
    await this.#last;
    await this.#netlink.close();
  }

  /** One call at a time, each with the links as they are at its beginning. */
  #inTurn(
    what: string,
    wanted: readonly VirtualMac[],
    work: (links: readonly MacLink[]) => Promise<readonly (Failure | null)[]>,
  ): Promise<readonly (Failure | null)[]> {
    const turn = this.#last.then(async () => {
      try {
        return await work(await this.#links());
      } catch (error) {
        return wanted.map((each) => failureOf(what, each.name, error));
      }
    });
    this.#last = turn;
    return turn;
  }

  async #ensure(wanted: VirtualMac, links: readonly MacLink[], filter: number): Promise<Failure | null> {
    const { name, mac } = wanted;
    const found = find(wanted, links);
    if (found.kind === 'foreign') return foreign(wanted, found.link);
    if (found.kind === 'no-parent') return { what: ENSURE, code: 'ENODEV', detail: `${name} on ${wanted.parent}` };
    const { parent } = found;
    const had = before(parent, links);
    const making: Request[] = [];
    if (found.kind === 'stale') {
      making.push({ about: `${name}, to make it anew`, encode: (w, s) => encodeDeleteLink(w, s, found.link.index) });
    }
    if (found.kind !== 'ours') {
      const made = { name, mac, parent: parent.index };
      making.push({ about: `${name} on ${wanted.parent}`, encode: (w, s) => encodeCreateMacvlan(w, s, made) });
    }
    const change = { alias: writeNote(had), ipv4: onMacvlan(filter), noLinkLocal: parent.ipv6 };
    const settings = { about: `settings of ${name}`, encode: setting({ name }, change) };
    // Marked in an exchange of its own: if somebody made an interface of that name this very moment, it is not ours.
    const failure = (await this.#ask(ENSURE, making)) ?? (await this.#ask(ENSURE, [settings]));
    if (failure !== null) return failure;
    if (parent.ipv6) await this.#quietIpv6(wanted);
    // The note is on the macvlan before the parent changes: whatever ends us in between, it can be put back.
    const toRaise = parent.arp === null || same(parent.arp, raised(parent.arp)) ? [] : [raised(parent.arp)];
    return this.#ask(ENSURE, [
      ...toRaise.map((arp) => setParent(parent, arp)),
      { about: `${name} up`, encode: (w, s) => encodeUp(w, s, name) },
    ]);
  }

  async #remove(link: MacLink, links: readonly MacLink[], staying: readonly MacLink[]): Promise<Failure | null> {
    const note = readNote(link.alias);
    const parent = links.find((l) => l !== link && !isOurs(l) && liesOn(link, l));
    const requests: Request[] = [];
    const last = parent !== undefined && !staying.some((l) => isOurs(l) && liesOn(l, parent));
    if (last && note !== null && parent.arp !== null) {
      const arp = restored(parent.arp, note);
      if (!same(arp, parent.arp)) requests.push(setParent(parent, arp));
    }
    requests.push({ about: link.name, encode: (w, s) => encodeDeleteLink(w, s, link.index) });
    const failure = await this.#ask(REMOVE, requests);
    return failure?.code === 'ENODEV' ? null : failure;
  }

  /**
   * In IPv4's interest the macvlan speaks no IPv6 at all: its group reports would tell switches that the virtual MAC is here,
   * also while another router is master. In IPv6's it takes no address from router advertisements.
   */
  async #quietIpv6({ name, family }: VirtualMac): Promise<void> {
    if (family === 4) return this.#setting6(name, 'disable_ipv6', '1');
    // An earlier life may have had IPv4 addresses only.
    await this.#setting6(name, 'disable_ipv6', '0');
    await this.#setting6(name, 'accept_ra', '0');
  }

  async #setting6(name: string, setting: string, value: string): Promise<void> {
    const path = `/proc/sys/net/ipv6/conf/${name}/${setting}`;
    try {
      await this.#setIpv6(path, value);
    } catch (error) {
      if (this.#warned.has(path)) return;
      this.#warned.add(path);
      this.#warn(failureOf(ENSURE, `${value} into ${path}`, error));
    }
  }

  async #links(): Promise<readonly MacLink[]> {
    for (let attempt = 1; ; attempt += 1) {
      const { rows, interrupted, verdicts, first } = await this.#exchange([
        { about: 'links', encode: encodeDumpLinks },
      ]);
      const errno = verdicts.get(first)?.errno ?? 0;
      if (errno !== 0) throw new Error(`dump of links: ${errnoName(errno)}`);
      if (!interrupted || attempt === DUMP_ATTEMPTS) return present(rows, decodeMacLink);
    }
  }

  async #reversePathFilterOfAll(): Promise<number> {
    const { rows } = await this.#exchange([{ about: 'settings of all', encode: encodeGetConfAll }]);
    // Where it cannot be told, the loose check is right in any case but that of a sender to whom no route leads.
    return present(rows, decodeConfAll)[0] ?? 2;
  }

  /** @returns the first failure. Requests behind a failed one are carried out as well. */
  async #ask(what: string, requests: readonly Request[]): Promise<Failure | null> {
    if (requests.length === 0) return null;
    const { verdicts, first } = await this.#exchange(requests);
    for (const [i, { about }] of requests.entries()) {
      const verdict = verdicts.get(first + i);
      if (verdict === undefined) return { what, code: 'no-answer', detail: about };
      if (verdict.errno === 0) continue;
      const code = errnoName(verdict.errno);
      const sentence = code === 'EOPNOTSUPP' ? 'this kernel has no macvlan' : verdict.message;
      return { what, code, detail: sentence === null ? about : `${about} (${sentence})` };
    }
    return null;
  }

  #exchange(requests: readonly Request[]) {
    return this.#netlink.exchange(requests.length, (first) => {
      const w = new NetlinkWriter(256 * requests.length);
      for (const [i, { encode }] of requests.entries()) encode(w, first + i);
      return w.take();
    });
  }
}

const same = (a: ArpConf, b: ArpConf): boolean => a.arpIgnore === b.arpIgnore && a.arpAnnounce === b.arpAnnounce;

const setting =
  (...args: [target: Parameters<typeof encodeConfigure>[2], change: Parameters<typeof encodeConfigure>[3]]) =>
  (w: NetlinkWriter, sequence: number): void =>
    encodeConfigure(w, sequence, ...args);

const setParent = (parent: MacLink, arp: ArpConf): Request => ({
  about: `settings of ${parent.name}`,
  encode: setting({ index: parent.index }, { alias: null, ipv4: numbers(arp), noLinkLocal: false }),
});

const numbers = (arp: ArpConf): ReadonlyMap<number, number> =>
  new Map([
    [L.IPV4_DEVCONF_ARP_IGNORE, arp.arpIgnore],
    [L.IPV4_DEVCONF_ARP_ANNOUNCE, arp.arpAnnounce],
  ]);

/** Answers for its own addresses only, asks with none but them, and hears what comes to them (see {@link reversePathFilter}). */
const onMacvlan = (filter: number): ReadonlyMap<number, number> =>
  new Map([
    [L.IPV4_DEVCONF_ARP_IGNORE, 1],
    [L.IPV4_DEVCONF_ARP_ANNOUNCE, 2],
    [L.IPV4_DEVCONF_RP_FILTER, filter],
    [L.IPV4_DEVCONF_PROMOTE_SECONDARIES, 1],
  ]);

function foreign({ name }: VirtualMac, link: MacLink): Failure {
  const kind = link.kind === null ? 'an interface' : `a ${link.kind}`;
  const what = link.mac === '' ? kind : `${kind} with MAC ${link.mac}`;
  const detail = `${name}: ${what} is there that directord did not make: remove it (ip link delete ${name}), or choose another name by virtual_mac.interface`;
  return { what: ENSURE, code: 'foreign', detail };
}

function present<T>(rows: readonly NetlinkMessage[], decode: (row: NetlinkMessage) => T | null): T[] {
  return rows.map(decode).filter((row): row is T & {} => row !== null);
}

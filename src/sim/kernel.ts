import type { Link, LinkAddress, VirtualAddress } from '../ports/addresses.js';
import { type Cidr, familyOf, formatCidr, ipToBytes, isIpv6 } from '../values/ip.js';
import { isLinkLocal } from '../values/ipv6.js';
import type { Frame, Port } from './segment.js';

interface SimLink {
  readonly name: string;
  readonly index: number;
  readonly mac: string;
  readonly port: Port | null;
  up: boolean;
  /** Those that it began with. */
  readonly own: readonly Cidr[];
  addresses: LinkAddress[];
  /** What comes back when the link is set up again. */
  readonly away: LinkAddress[];
  readonly sockets: Set<(frame: Frame) => void>;
}

/** What the kernel can be made to refuse, by the name in the Failure, and on what. */
export type Refuse = (
  what: 'address.add' | 'address.remove' | 'address.list' | 'lan.open' | 'lan.send' | 'lan.announce',
  on: string,
) => string | null;

/** Links and addresses of one host, with Linux's habits; it outlives the processes that run on it. */
export class SimKernel {
  readonly name: string;
  /** Gives the code of a refusal (`ENOBUFS`), or null to let it through. */
  refuse: Refuse | null = null;
  /** Whether its sockets send adverts by themselves, where they are asked to. */
  beats = true;
  /** How many adverts were sent so. */
  beaten = 0;
  readonly #links = new Map<string, SimLink>();
  readonly #watchers = new Set<() => void>();
  #index = 1;

  constructor(name: string) {
    this.name = name;
  }

  /** A new interface that is up; the same name after a removal gets another index. */
  addLink(name: string, own: readonly Cidr[], port: Port | null = null): void {
    if (this.#links.has(name)) throw new Error(`${name} is there already`);
    this.#index += 1;
    const index = this.#index;
    const mac = `02:00:00:00:00:${index.toString(16).padStart(2, '0')}`;
    const link: SimLink = { name, index, mac, port, up: true, own, addresses: [], away: [], sockets: new Set() };
    this.#links.set(name, link);
    port?.connect(
      (frame) => {
        if (link.up) for (const receive of [...link.sockets]) receive(frame);
      },
      () => this.#changed(),
    );
    for (const cidr of own) insert(link, cidr);
    this.#changed();
  }

  removeLink(name: string): void {
    this.#links.get(name)?.port?.connect(
      () => {},
      () => {},
    );
    if (this.#links.delete(name)) this.#changed();
  }

  /**
   * `ip link set NAME up` or `down`. IPv4 addresses stay on a link that is down; of IPv6 only the link-local one that the
   * kernel itself has made comes back with it (addrconf_ifdown and addrconf_dev_config in net/ipv6/addrconf.c).
   */
  setUp(name: string, up: boolean): void {
    const link = this.#links.get(name);
    if (link === undefined || link.up === up) return;
    link.up = up;
    if (up) link.addresses = [...link.addresses, ...link.away.splice(0)];
    else {
      link.away.push(...link.addresses.filter(({ cidr }) => madeByKernel(link, cidr)));
      link.addresses = link.addresses.filter(({ cidr: { address } }) => !isIpv6(address));
    }
    this.#changed();
  }

  links(): readonly Link[] {
    return [...this.#links.values()].map((link) => ({
      name: link.name,
      index: link.index,
      up: link.up,
      running: link.up && (link.port?.carrier ?? true),
      mac: link.mac,
      addresses: [...link.addresses],
    }));
  }

  /** Whether the address stands, with this prefix, on the interface. */
  holds(name: string, cidr: Cidr): boolean {
    return this.#links.get(name)?.addresses.some((a) => same(a.cidr, cidr)) ?? false;
  }

  /** @returns null, or the kernel's error. */
  add(address: VirtualAddress): string | null {
    const refusal = this.refuse?.('address.add', formatCidr(address.cidr)) ?? null;
    if (refusal !== null) return refusal;
    const link = this.#links.get(address.interface);
    if (link === undefined) return 'ENODEV';
    if (!insert(link, address.cidr)) return 'EEXIST';
    this.#changed();
    return null;
  }

  /** @returns null, or the kernel's error. */
  remove(address: Pick<VirtualAddress, 'interface' | 'cidr'>): string | null {
    const refusal = this.refuse?.('address.remove', formatCidr(address.cidr)) ?? null;
    if (refusal !== null) return refusal;
    const link = this.#links.get(address.interface);
    if (link === undefined) return 'ENODEV';
    const gone = link.addresses.find((a) => same(a.cidr, address.cidr));
    if (gone === undefined) return 'EADDRNOTAVAIL';
    // Without promote_secondaries, Linux's default, a primary takes the secondaries of its subnet with it.
    const taken = (a: LinkAddress): boolean =>
      a === gone || (!gone.secondary && a.secondary && near(a.cidr, gone.cidr));
    link.addresses = link.addresses.filter((a) => !taken(a));
    this.#changed();
    return null;
  }

  /** Calls back at every change, at once and not coalesced. @returns what ends it. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** A socket on the interface. @returns what closes it; null when there is no such interface. */
  join(name: string, receive: (frame: Frame) => void): (() => void) | null {
    const link = this.#links.get(name);
    if (link === undefined) return null;
    link.sockets.add(receive);
    return () => link.sockets.delete(receive);
  }

  /** @returns null, or the kernel's error; without a carrier the frame is lost and nobody hears of it. */
  transmit(name: string, what: 'lan.send' | 'lan.announce', frame: Frame): string | null {
    const refusal = this.refuse?.(what, name) ?? null;
    if (refusal !== null) return refusal;
    const link = this.#links.get(name);
    if (link === undefined) return 'ENODEV';
    if (!link.up) return 'ENETDOWN';
    link.port?.send(frame);
    return null;
  }

  #changed(): void {
    for (const changed of [...this.#watchers]) changed();
  }
}

/** @returns false when it was there, of IPv6 with whatever prefix. A second IPv4 address of one subnet is a secondary one (IFA_F_SECONDARY). */
function insert(link: SimLink, cidr: Cidr): boolean {
  if (link.addresses.some((a) => (isIpv6(cidr.address) ? a.cidr.address === cidr.address : same(a.cidr, cidr))))
    return false;
  const secondary = !isIpv6(cidr.address) && link.addresses.some((a) => !a.secondary && near(a.cidr, cidr));
  link.addresses = [...link.addresses, { cidr, secondary, detection: 'done' }];
  return true;
}

const same = (a: Cidr, b: Cidr): boolean => a.address === b.address && a.prefix === b.prefix;

/** In the same subnet, with the same prefix length. */
function near(a: Cidr, b: Cidr): boolean {
  if (a.prefix !== b.prefix || familyOf(a.address) !== familyOf(b.address)) return false;
  const [x, y] = [ipToBytes(a.address), ipToBytes(b.address)];
  return x.every((byte, i) => {
    const bits = Math.min(8, Math.max(0, a.prefix - 8 * i));
    return ((byte ^ (y[i] ?? 0)) & (0xff << (8 - bits)) & 0xff) === 0;
  });
}

const madeByKernel = (link: SimLink, cidr: Cidr): boolean =>
  isIpv6(cidr.address) && isLinkLocal(cidr.address) && link.own.some((own) => same(own, cidr));

/** A host: its interfaces with their addresses, and what else is set before anything runs in it. */
export interface HostSpec {
  /** Interface → address or addresses, with prefix. */
  readonly [iface: `eth${number}`]: string | readonly string[];
  /** Addresses on lo, besides its own. */
  readonly lo?: string | readonly string[];
  /** As sysctl takes them: `net.ipv4.ip_forward=1`. */
  readonly sysctl?: readonly string[];
  /** As `ip route add` takes them: `default via 10.0.0.1`. */
  readonly routes?: readonly string[];
}

/** Hosts and the segments that join them. */
export interface Topology {
  /** Short; part of the names that ps and errors show. */
  readonly name: string;
  /**
   * Segment → what is on it: `eth1` (that interface of every host) or `d1.eth1`. By default all interfaces of one name are
   * one segment of that name.
   */
  readonly segments?: Readonly<Record<string, readonly string[]>>;
  readonly hosts: Readonly<Record<string, HostSpec>>;
}

/** One cable: an interface of a host, and the segment at the other end. */
export interface Cable {
  readonly host: string;
  readonly iface: string;
  readonly segment: string;
  readonly addresses: readonly string[];
  /** The end at the segment's switch. */
  readonly port: string;
}

const list = (one: string | readonly string[] | undefined): readonly string[] =>
  one === undefined ? [] : typeof one === 'string' ? [one] : one;

/** The addresses that a host has on lo. */
export const loAddresses = (spec: HostSpec): readonly string[] => list(spec.lo);

/** The cables of a topology. @throws when an interface is on no segment, or its port's name is longer than the kernel takes. */
export const cablesOf = ({ hosts, segments }: Topology): Cable[] => {
  const find = (host: string, iface: string): string | undefined =>
    segments === undefined
      ? iface
      : Object.entries(segments).find(([, on]) => on.includes(`${host}.${iface}`) || on.includes(iface))?.[0];
  return Object.entries(hosts).flatMap(([host, spec]) =>
    Object.entries(spec)
      .filter(([key]) => /^eth\d+$/.test(key))
      .map(([iface, addresses]) => {
        const segment = find(host, iface);
        const port = `${host}-${iface}`;
        if (segment === undefined) {
          throw new Error(`${host}.${iface} is on no segment`);
        }
        if (port.length > 15 || segment.length > 11) {
          throw new Error(`${host}.${iface} on ${segment}: names too long (host and interface 14 letters, segment 11)`);
        }
        return { host, iface, segment, addresses: list(addresses), port };
      }),
  );
};

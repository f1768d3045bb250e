/**
 * Reads captured frames, by itself: the judge of what directord sends must not share directord's code.
 * Times are µs since 1970 (CLOCK_REALTIME), by the kernel's own stamp.
 */
export interface Packet {
  readonly at: number;
  /** Hardware addresses, as aa:bb:cc:dd:ee:ff */
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
  readonly arp?: Arp;
  readonly ip?: Ip;
  readonly vrrp?: Vrrp;
  readonly tcp?: Ports & { readonly flags: number };
  readonly udp?: Ports;
}

export interface Arp {
  /** 1 request, 2 reply */
  readonly operation: number;
  readonly senderHardware: string;
  readonly sender: string;
  readonly targetHardware: string;
  readonly target: string;
  readonly gratuitous: boolean;
}

export interface Ip {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** TTL or hop limit */
  readonly hops: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export interface Vrrp {
  readonly version: number;
  readonly type: number;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly authType: number;
  /** Version 2: seconds; version 3: hundredths of a second. */
  readonly interval: number;
  readonly addresses: readonly string[];
}

export interface Ports {
  readonly source: number;
  readonly destination: number;
}

const hardware = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(':');
const ipv4 = (bytes: Uint8Array): string => bytes.join('.');
const ipv6 = (bytes: Uint8Array): string =>
  [0, 2, 4, 6, 8, 10, 12, 14].map((i) => (((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16)).join(':');
const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const readArp = (b: Uint8Array): Arp => {
  const sender = ipv4(b.subarray(14, 18));
  const target = ipv4(b.subarray(24, 28));
  const [senderHardware, targetHardware] = [hardware(b.subarray(8, 14)), hardware(b.subarray(18, 24))];
  return { operation: u16(b, 6), senderHardware, sender, targetHardware, target, gratuitous: sender === target };
};

const readIp = (b: Uint8Array): Ip => {
  if ((b[0] ?? 0) >> 4 === 6) {
    const [source, destination] = [ipv6(b.subarray(8, 24)), ipv6(b.subarray(24, 40))];
    const payload = b.subarray(40, 40 + u16(b, 4));
    return { version: 6, source, destination, hops: b[7] ?? 0, protocol: b[6] ?? 0, payload };
  }
  const payload = b.subarray(((b[0] ?? 0) & 15) * 4, u16(b, 2));
  const [source, destination] = [ipv4(b.subarray(12, 16)), ipv4(b.subarray(16, 20))];
  return { version: 4, source, destination, hops: b[8] ?? 0, protocol: b[9] ?? 0, payload };
};

const readVrrp = (b: Uint8Array, ipVersion: 4 | 6): Vrrp => {
  const version = (b[0] ?? 0) >> 4;
  const size = ipVersion === 4 ? 4 : 16;
  const addresses = Array.from({ length: b[3] ?? 0 }, (_, i) => {
    const bytes = b.subarray(8 + i * size, 8 + (i + 1) * size);
    return size === 4 ? ipv4(bytes) : ipv6(bytes);
  });
  const common = { version, type: (b[0] ?? 0) & 15, virtualRouterId: b[1] ?? 0, priority: b[2] ?? 0, addresses };
  return version === 2
    ? { ...common, authType: b[4] ?? 0, interval: b[5] ?? 0 }
    : { ...common, authType: 0, interval: u16(b, 4) & 0x0fff };
};

/** Reads one Ethernet frame. */
export const readPacket = (at: number, bytes: Uint8Array): Packet => {
  const base = { at, from: hardware(bytes.subarray(6, 12)), to: hardware(bytes.subarray(0, 6)), bytes };
  const type = u16(bytes, 12);
  const body = bytes.subarray(14);
  if (type === 0x0806) {
    return { ...base, arp: readArp(body) };
  }
  if (type !== 0x0800 && type !== 0x86dd) {
    return base;
  }
  const ip = readIp(body);
  const ports = { source: u16(ip.payload, 0), destination: u16(ip.payload, 2) };
  switch (ip.protocol) {
    case 112:
      return { ...base, ip, vrrp: readVrrp(ip.payload, ip.version) };
    case 6:
      return { ...base, ip, tcp: { ...ports, flags: ip.payload[13] ?? 0 } };
    case 17:
      return { ...base, ip, udp: ports };
    default:
      return { ...base, ip };
  }
};

/** Reads a pcap stream (tcpdump -w -) as it comes. */
export class PcapReader {
  #held = Buffer.alloc(0);
  #header = false;
  readonly #found: (packet: Packet) => void;

  constructor(found: (packet: Packet) => void) {
    this.#found = found;
  }

  push(chunk: Buffer): void {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (!this.#header && rest.length >= 24) {
      if (rest.readUInt32LE(0) !== 0xa1b2c3d4 || rest.readUInt32LE(20) !== 1) {
        throw new Error('not a little-endian pcap of Ethernet frames with µs stamps');
      }
      this.#header = true;
      rest = rest.subarray(24);
    }
    while (this.#header && rest.length >= 16) {
      const length = rest.readUInt32LE(8);
      if (rest.length < 16 + length) {
        break;
      }
      const at = rest.readUInt32LE(0) * 1_000_000 + rest.readUInt32LE(4);
      this.#found(readPacket(at, Uint8Array.from(rest.subarray(16, 16 + length))));
      rest = rest.subarray(16 + length);
    }
    this.#held = Buffer.from(rest);
  }
}

import { type Ip, ipToBytes, isIpv6 } from '../values/ip.js';
import { type Ipv4, ipv4ToBytes } from '../values/ipv4.js';
import { type Ipv6, ipv6ToBytes } from '../values/ipv6.js';
import { LITTLE_ENDIAN } from '../wire/netlink.js';
import { AF_INET, AF_INET6, AF_PACKET } from './socket-numbers.js';

/** struct ip_mreqn: a multicast group on an interface (ip(7)); `0.0.0.0` where only the interface counts. */
export function ipMreqn(group: Ipv4, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(12);
  ipv4ToBytes(group, bytes, 0);
  new DataView(bytes.buffer).setInt32(8, interfaceIndex, LITTLE_ENDIAN);
  return bytes;
}

/** struct ipv6_mreq: a multicast group on an interface (ipv6(7)). */
export function ipv6Mreq(group: Ipv6, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(20);
  ipv6ToBytes(group, bytes, 0);
  new DataView(bytes.buffer).setInt32(16, interfaceIndex, LITTLE_ENDIAN);
  return bytes;
}

/** struct sockaddr_in or sockaddr_in6 (ip(7), ipv6(7)) without port and scope. */
export function sockaddrIn(address: Ip): Uint8Array {
  const six = isIpv6(address);
  const bytes = new Uint8Array(six ? 28 : 16);
  new DataView(bytes.buffer).setUint16(0, six ? AF_INET6 : AF_INET, LITTLE_ENDIAN);
  bytes.set(ipToBytes(address), six ? 8 : 4);
  return bytes;
}

/** struct sockaddr_ll (packet(7)). @param protocol an EtherType; 0 receives nothing. */
export function sockaddrLl(interfaceIndex: number, protocol: number, hardware: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, LITTLE_ENDIAN);
  view.setUint16(2, protocol, false);
  view.setInt32(4, interfaceIndex, LITTLE_ENDIAN);
  bytes[11] = hardware.length;
  bytes.set(hardware, 12);
  return bytes;
}

/** The hardware address in a struct sockaddr_ll; empty where the interface has none or is gone. */
export const hardwareOf = (address: Uint8Array): Uint8Array => address.slice(12, 12 + (address[11] ?? 0));

/** An interface's name as SO_BINDTODEVICE takes it. */
export const interfaceName = (name: string): Uint8Array => new TextEncoder().encode(`${name}\0`);

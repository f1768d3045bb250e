import { type Ipv6, ipv6ToBytes } from '../values/ipv6.js';
import { internetChecksum } from './checksum.js';
import { encodeIpv6 } from './ipv6.js';
import { pseudoHeader } from './pseudo-header.js';

/** All nodes on the link (RFC 4291 §2.7.1), and how Ethernet addresses them (RFC 2464 §7). */
const ALL_NODES = 'ff02::1' as Ipv6;
const ALL_NODES_HARDWARE = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);
const ETHERNET = 14;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
/** R, S and O are the three upper bits (RFC 4861 §4.4): a router, not asked for, overrides what is known. */
const ROUTER_OVERRIDE = 0b1010_0000;
const TARGET_LINK_LAYER_ADDRESS = 2;
/** Any other hop limit says that it came through a router, and it is ignored (RFC 4861 §7.1.2). */
const HOP_LIMIT = 255;
const LENGTH = 32;

/**
 * The Ethernet frame of an unsolicited neighbour advertisement to all nodes, 86 bytes: the address is now at this
 * hardware address (RFC 9568 §6.4.1 with erratum: R = 1, S = 0, O = 1, and the target link-layer address option). It
 * comes from the address itself, as keepalived sends it: the address stands on the interface by then.
 * @param hardware the interface's own address, 6 bytes.
 */
export function encodeUnsolicitedAdvertisement(address: Ipv6, hardware: Uint8Array): Uint8Array {
  if (hardware.length !== 6) throw new RangeError(`hardware address of ${hardware.length} bytes: Ethernet's has 6`);
  const message = new Uint8Array(LENGTH);
  message[0] = NEIGHBOUR_ADVERTISEMENT;
  message[4] = ROUTER_OVERRIDE;
  ipv6ToBytes(address, message, 8);
  message[24] = TARGET_LINK_LAYER_ADDRESS;
  message[25] = 1; // in units of 8 bytes
  message.set(hardware, 26);
  const sum = internetChecksum(message, 0, LENGTH, pseudoHeader(address, ALL_NODES, ICMPV6, LENGTH));
  message[2] = sum >> 8;
  message[3] = sum & 0xff;
  const packet = encodeIpv6({
    source: address,
    destination: ALL_NODES,
    hopLimit: HOP_LIMIT,
    trafficClass: 0,
    nextHeader: ICMPV6,
    payload: message,
  });
  const frame = new Uint8Array(ETHERNET + packet.length);
  frame.set(ALL_NODES_HARDWARE, 0);
  frame.set(hardware, 6);
  frame[12] = 0x86;
  frame[13] = 0xdd;
  frame.set(packet, ETHERNET);
  return frame;
}

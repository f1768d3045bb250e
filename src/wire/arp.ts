import { type Ipv4, ipv4FromBytes, ipv4ToBytes } from '../values/ipv4.js';

/** An ARP message for IPv4 on Ethernet, with its frame (RFC 826). Hardware addresses are 6 bytes. */
export interface ArpFrame {
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  readonly operation: 'request' | 'reply';
  readonly senderHardware: Uint8Array;
  readonly sender: Ipv4;
  readonly targetHardware: Uint8Array;
  readonly target: Ipv4;
}

export type DecodedArp =
  | { readonly ok: true; readonly frame: ArpFrame }
  | { readonly ok: false; readonly why: 'truncated' | 'not-arp' | 'bad-operation' };

const ETHERNET = 14;
const LENGTH = ETHERNET + 28;
/** EtherType, hardware type Ethernet, protocol type IPv4, their lengths: the same in every frame. */
const FIXED = [0x08, 0x06, 0x00, 0x01, 0x08, 0x00, 6, 4];
const BROADCAST = new Uint8Array(6).fill(0xff);

/**
 * A gratuitous ARP request: sender and target are the address, so that every neighbour that knows it learns its new
 * place (RFC 5227 §3; RFC 3768 §6.4.1). The target's hardware address, which a request does not know, is zero.
 * @param hardware the interface's own address, 6 bytes.
 */
export function encodeGratuitousArp(address: Ipv4, hardware: Uint8Array): Uint8Array {
  return encodeArp({
    destination: BROADCAST,
    source: hardware,
    operation: 'request',
    senderHardware: hardware,
    sender: address,
    targetHardware: new Uint8Array(6),
    target: address,
  });
}

/** Writes the frame, 42 bytes; the driver pads it to Ethernet's least length. */
export function encodeArp(frame: ArpFrame): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  bytes.set(hardware(frame.destination), 0);
  bytes.set(hardware(frame.source), 6);
  bytes.set(FIXED, 12);
  bytes[21] = frame.operation === 'request' ? 1 : 2;
  bytes.set(hardware(frame.senderHardware), 22);
  ipv4ToBytes(frame.sender, bytes, 28);
  bytes.set(hardware(frame.targetHardware), 32);
  ipv4ToBytes(frame.target, bytes, 38);
  return bytes;
}

/** Reads a frame; bytes after the message (padding) are ignored. */
export function decodeArp(bytes: Uint8Array): DecodedArp {
  if (bytes.length < LENGTH) return { ok: false, why: 'truncated' };
  if (FIXED.some((byte, i) => bytes[12 + i] !== byte)) return { ok: false, why: 'not-arp' };
  const operation = bytes[20] === 0 ? bytes[21] : undefined;
  if (operation !== 1 && operation !== 2) return { ok: false, why: 'bad-operation' };
  return {
    ok: true,
    frame: {
      destination: bytes.slice(0, 6),
      source: bytes.slice(6, 12),
      operation: operation === 1 ? 'request' : 'reply',
      senderHardware: bytes.slice(22, 28),
      sender: ipv4FromBytes(bytes, 28),
      targetHardware: bytes.slice(32, 38),
      target: ipv4FromBytes(bytes, 38),
    },
  };
}

function hardware(address: Uint8Array): Uint8Array {
  if (address.length !== 6) throw new RangeError(`hardware address of ${address.length} bytes: Ethernet's has 6`);
  return address;
}

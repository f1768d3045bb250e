import { type Ip, ipToBytes, isIpv6 } from '../values/ip.js';
import { ipv4FromBytes } from '../values/ipv4.js';
import { ipv6FromBytes } from '../values/ipv6.js';
import {
  encode,
  give,
  type Instruction,
  JUMP_ALWAYS,
  JUMP_EQUAL,
  LOAD_BYTE,
  LOAD_HALF,
  LOAD_WORD,
  load,
  NOTHING,
  WHOLE,
} from './bpf-program.js';

/** An Ethernet frame in which a host says that it has an address: an ARP message of either kind, or a neighbour advertisement. */
export interface Claim {
  readonly address: Ip;
  /** Who says so, as `02:00:00:00:00:01`. */
  readonly hardware: string;
}

const ETHERTYPE_AT = 12;
const ARP = 0x0806;
const IPV6 = 0x86dd;
/** Sender hardware and protocol address of ARP for IPv4 on Ethernet (RFC 826). */
const ARP_HARDWARE_AT = 22;
const ARP_SENDER_AT = 28;
const ARP_END = 42;
/** Behind an IPv6 header without extension headers: ICMPv6 type, and the target of a neighbour message (RFC 4861 §4.4). */
const NEXT_HEADER_AT = 20;
const ICMPV6 = 58;
const ICMPV6_AT = 54;
const NEIGHBOUR_ADVERTISEMENT = 136;
const TARGET_AT = 62;
const OPTIONS_AT = 78;
const TARGET_LINK_LAYER = 2;
/** More addresses than these are told apart by the reader: a program is short. */
const FILTERED = 200;

/** @returns null where the frame is no claim, or claims nothing: an ARP probe has no sender (RFC 5227 §1.1). */
export function decodeClaim(frame: Uint8Array): Claim | null {
  const type = ((frame[ETHERTYPE_AT] ?? 0) << 8) | (frame[ETHERTYPE_AT + 1] ?? 0);
  if (type === ARP) return arpClaim(frame);
  return type === IPV6 ? neighbourClaim(frame) : null;
}

function arpClaim(frame: Uint8Array): Claim | null {
  // Hardware type Ethernet, protocol IPv4, lengths 6 and 4.
  const ours = [0x00, 0x01, 0x08, 0x00, 6, 4].every((byte, i) => frame[14 + i] === byte);
  if (frame.length < ARP_END || !ours) return null;
  const address = ipv4FromBytes(frame, ARP_SENDER_AT);
  return address === '0.0.0.0' ? null : { address, hardware: hardwareAt(frame, ARP_HARDWARE_AT) };
}

function neighbourClaim(frame: Uint8Array): Claim | null {
  if (frame.length < OPTIONS_AT || frame[NEXT_HEADER_AT] !== ICMPV6) return null;
  if (frame[ICMPV6_AT] !== NEIGHBOUR_ADVERTISEMENT) return null;
  const option = frame[OPTIONS_AT] === TARGET_LINK_LAYER && frame.length >= OPTIONS_AT + 8;
  return { address: ipv6FromBytes(frame, TARGET_AT), hardware: hardwareAt(frame, option ? OPTIONS_AT + 2 : 6) };
}

function hardwareAt(frame: Uint8Array, at: number): string {
  return [...frame.subarray(at, at + 6)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/**
 * A filter for a packet socket (the frame begins at its Ethernet header) that lets claims of these addresses through; of
 * more than two hundred of a family, all claims. IPv6 addresses are compared by their last four bytes.
 */
export function acceptClaims(addresses: readonly Ip[]): Uint8Array {
  const four = addresses.filter((a) => !isIpv6(a)).map((a) => lastWord(a));
  const six = addresses.filter(isIpv6).map((a) => lastWord(a));
  const neighbour = [
    load(LOAD_BYTE, NEXT_HEADER_AT),
    ...oneOf([ICMPV6]),
    load(LOAD_BYTE, ICMPV6_AT),
    ...oneOf([NEIGHBOUR_ADVERTISEMENT]),
    ...compare(six, TARGET_AT + 12),
  ];
  return encode([
    load(LOAD_HALF, ETHERTYPE_AT),
    // A return stands behind each jump, since one reaches 255 instructions only.
    ...section(ARP, compare(four, ARP_SENDER_AT)),
    ...section(IPV6, neighbour),
    give(NOTHING),
  ]);
}

/** Runs `program`, which ends by itself, for frames of this type; others go on behind it. */
function section(type: number, program: readonly Instruction[]): Instruction[] {
  const jump = { code: JUMP_ALWAYS, ifTrue: 0, ifFalse: 0, operand: program.length };
  return [{ code: JUMP_EQUAL, ifTrue: 1, ifFalse: 0, operand: type }, jump, ...program];
}

const oneOf = (values: readonly number[]): Instruction[] =>
  values.flatMap((operand) => [{ code: JUMP_EQUAL, ifTrue: 1, ifFalse: 0, operand }, give(NOTHING)]);

function compare(words: readonly number[], at: number): Instruction[] {
  if (words.length === 0) return [give(NOTHING)];
  if (words.length > FILTERED) return [give(WHOLE)];
  const tests = words.flatMap((operand) => [{ code: JUMP_EQUAL, ifTrue: 0, ifFalse: 1, operand }, give(WHOLE)]);
  return [load(LOAD_WORD, at), ...tests, give(NOTHING)];
}

function lastWord(address: Ip): number {
  const bytes = ipToBytes(address);
  return new DataView(bytes.buffer).getUint32(bytes.length - 4, false);
}

import { bytesIn, type Family, type Ip, ipToBytes } from '../values/ip.js';
import { VRRP_GROUP, VRRP_GROUP_6 } from './advert-packet.js';
import {
  demand,
  encode,
  give,
  type Instruction,
  JUMP_ALWAYS,
  JUMP_AT_LEAST,
  JUMP_EQUAL,
  LOAD_BYTE,
  LOAD_HALF,
  LOAD_HALF_AT_X,
  LOAD_LENGTH,
  LOAD_WORD,
  LOAD_X_HEADER_LENGTH,
  load,
  NOTHING,
  SUBTRACT_X,
  WHOLE,
} from './bpf-program.js';
import type { Listened } from './vrrp-record.js';

/**
 * Classic BPF programs (Linux: Documentation/networking/filter.rst) that sort VRRP packets in the kernel. On an AF_INET
 * raw socket a packet begins at its IP header, on an AF_INET6 one behind it, where SKF_NET_OFF reaches back to it. The
 * kernel has checked the header already.
 */

/** SKF_NET_OFF of <linux/filter.h>, −0x100000, as the unsigned number that stands in an instruction. */
const NETWORK_HEADER = 0xfff0_0000;
const ADVERTISEMENT = 1;
/** What the filter needs to know of a version: v2 has 8 bytes and a trailer of 8, v3 8 bytes and an address. */
const VERSIONS = [
  { version: 3, shortest: (family: Family) => 8 + bytesIn(family) },
  { version: 2, shortest: () => 16 },
] as const;
/** Where the fields of the IP header stand (RFC 791 §3.1, RFC 8200 §3). */
const HEADERS = {
  4: { ttl: 8, source: 12, destination: 16 },
  6: { ttl: NETWORK_HEADER + 7, source: NETWORK_HEADER + 8, destination: NETWORK_HEADER + 24 },
} as const;
/** The kernel takes 4096 instructions; with more peers than fit beside 255 routers the reader alone looks at senders. */
const MOST_FOR_PEERS = 2048;

/**
 * Lets through what may be an advert for one of these routers, all of one family: type 1, one of the ids in its own
 * version, long enough for that; to the group with TTL 255, or for routers that speak unicast to another destination,
 * from one of the peers, within their TTLs. Checksums, and which peer belongs to which router, are left to the reader.
 */
export const acceptAdverts = (routers: readonly Listened[], family: Family): Uint8Array =>
  encode(program(routers, family, WHOLE, NOTHING));

/** The inverse of {@link acceptAdverts}: lets through exactly what that one drops. */
export const acceptOthers = (routers: readonly Listened[], family: Family): Uint8Array =>
  encode(program(routers, family, NOTHING, WHOLE));

/** Lets nothing through: for a socket that is still being set up. */
export const acceptNothing = (): Uint8Array => encode([give(NOTHING)]);

function program(
  routers: readonly Listened[],
  family: Family,
  matching: number,
  other: number,
): readonly Instruction[] {
  const at = HEADERS[family];
  const toGroup = [
    load(LOAD_BYTE, at.ttl),
    ...demand(JUMP_EQUAL, 255, other),
    ...messages(
      routers.filter((r) => r.unicast === null),
      family,
      matching,
      other,
    ),
  ];
  const unicast = routers.filter((r) => r.unicast !== null);
  const toOne =
    unicast.length === 0
      ? [give(other)]
      : [...peers(unicast, family, other), ...messages(unicast, family, matching, other)];
  return [...unless(at.destination, family === 4 ? VRRP_GROUP : VRRP_GROUP_6, toGroup), ...toGroup, ...toOne];
}

/** Skips `then` where the address at `offset` is not this one. */
function unless(offset: number, address: Ip, then: readonly Instruction[]): Instruction[] {
  const words = wordsOf(address);
  return words.flatMap((word, i) => [
    load(LOAD_WORD, offset + 4 * i),
    { code: JUMP_EQUAL, ifTrue: 1, ifFalse: 0, operand: word },
    skip(then.length + 3 * (words.length - 1 - i)),
  ]);
}

/** Demands that the sender is one of the peers, and the TTL one that any of them may have. */
function peers(routers: readonly Listened[], family: Family, other: number): Instruction[] {
  if (routers.some((r) => r.unicast?.anySource)) return [];
  const all = routers.flatMap((r) => r.unicast?.peers ?? []);
  const [least, most] = [Math.min(...all.map((p) => p.minTtl)), Math.max(...all.map((p) => p.maxTtl))];
  const at = HEADERS[family];
  const ttl = [
    load(LOAD_BYTE, at.ttl),
    ...demand(JUMP_AT_LEAST, least, other),
    { code: JUMP_AT_LEAST, ifTrue: 0, ifFalse: 1, operand: most + 1 },
    give(other),
  ];
  const senders = [...new Set(all.map((p) => p.address))];
  const each = (2 * bytesIn(family)) / 4 + 1;
  if (senders.length * each > MOST_FOR_PEERS) return ttl;
  const list = senders.flatMap((address, i) => {
    const words = wordsOf(address);
    return [
      ...words.flatMap((word, j) => [
        load(LOAD_WORD, at.source + 4 * j),
        { code: JUMP_EQUAL, ifTrue: 0, ifFalse: each - 2 * (j + 1), operand: word },
      ]),
      skip((senders.length - 1 - i) * each + 1),
    ];
  });
  return [...ttl, ...list, give(other)];
}

/** Ends with `matching` for an advert of one of the routers, else with `other`. */
function messages(routers: readonly Listened[], family: Family, matching: number, other: number): Instruction[] {
  // IPv4: the message begins behind the header, whose length X has. IPv6: where the packet begins.
  const length = family === 4 ? [load(LOAD_LENGTH, 0), load(SUBTRACT_X, 0)] : [load(LOAD_LENGTH, 0)];
  const firstTwo = load(family === 4 ? LOAD_HALF_AT_X : LOAD_HALF, 0);
  return [
    ...(family === 4 ? [load(LOAD_X_HEADER_LENGTH, 0)] : []),
    // From the less demanding version to the other over IPv4; over IPv6 there is one.
    ...VERSIONS.filter(({ version }) => family === 4 || version === 3).flatMap(({ version, shortest }) => [
      // The length first: a load behind the packet's end would drop it, in the inverse program too.
      ...length,
      ...demand(JUMP_AT_LEAST, shortest(family), other),
      firstTwo,
      // A return after each id, since a jump reaches 255 instructions only.
      ...routers
        .filter((router) => router.version === version)
        .flatMap(({ virtualRouterId }) => [
          { code: JUMP_EQUAL, ifTrue: 0, ifFalse: 1, operand: firstTwoBytes(version, virtualRouterId) },
          give(matching),
        ]),
    ]),
    give(other),
  ];
}

/** Version, type and VRID as they stand at the beginning of every version's message. */
const firstTwoBytes = (version: number, virtualRouterId: number): number =>
  (version << 12) | (ADVERTISEMENT << 8) | virtualRouterId;

const skip = (count: number): Instruction => ({ code: JUMP_ALWAYS, ifTrue: 0, ifFalse: 0, operand: count });

/** One word of an IPv4 address, four of an IPv6 one. */
function wordsOf(address: Ip): number[] {
  const bytes = ipToBytes(address);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i));
}

import { type Ipv6, ipv6FromBytes } from '../values/ipv6.js';
import { LITTLE_ENDIAN } from '../wire/netlink.js';
import * as S from './socket-numbers.js';

/** What the control messages of a packet said of its IPv6 header; null where they did not. */
export interface Control {
  readonly destination: Ipv6 | null;
  readonly hopLimit: number | null;
}

/** struct cmsghdr begins with a size_t, and each is aligned to one. */
const WORD = process.arch === 'arm' || process.arch === 'ia32' || process.arch === 'mipsel' ? 4 : 8;
const HEADER = WORD + 8;
const LENGTH = 4;

/**
 * Reads control messages (cmsg(3)) as {@link Native.receive} leaves them: u32 length, then the messages. What is cut off
 * or of another kind is passed over.
 */
export function controlOf(bytes: Uint8Array): Control {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.min(bytes.length, LENGTH + view.getUint32(0, LITTLE_ENDIAN));
  let destination: Ipv6 | null = null;
  let hopLimit: number | null = null;
  for (let at = LENGTH; at + HEADER <= end; ) {
    // No message is longer than 32 bits say; the other half of a 64-bit size is zero.
    const size = view.getUint32(at + (WORD === 8 && !LITTLE_ENDIAN ? 4 : 0), LITTLE_ENDIAN);
    if (size < HEADER || at + size > end) break;
    const level = view.getInt32(at + WORD, LITTLE_ENDIAN);
    const type = view.getInt32(at + WORD + 4, LITTLE_ENDIAN);
    const room = size - HEADER;
    // struct in6_pktinfo: the destination's 16 bytes, and the interface.
    if (level === S.IPPROTO_IPV6 && type === S.IPV6_PKTINFO && room >= 20) {
      destination = ipv6FromBytes(bytes, at + HEADER);
    }
    if (level === S.IPPROTO_IPV6 && type === S.IPV6_HOPLIMIT && room >= 4) {
      hopLimit = view.getInt32(at + HEADER, LITTLE_ENDIAN);
    }
    at += Math.ceil(size / WORD) * WORD;
  }
  return { destination, hopLimit };
}

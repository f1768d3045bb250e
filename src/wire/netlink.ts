import {
  NLA_ALIGNTO,
  NLA_F_NESTED,
  NLA_TYPE_MASK,
  NLMSG_ALIGNTO,
  SIZEOF_GENLMSGHDR,
  SIZEOF_NLATTR,
  SIZEOF_NLMSGHDR,
} from './netlink-constants.js';

/** Netlink numbers are in the host's order. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const align = (n: number, to: number): number => (n + to - 1) & ~(to - 1);
const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: false });

/**
 * Writes netlink messages one after another into one growing buffer, so that many requests go out in one datagram.
 * Lengths are filled in when a message or a nest is closed; every attribute is padded to 4 bytes.
 */
export class NetlinkWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #at = 0;
  #message = 0;

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at;
  }

  /** What was written, a copy of its own. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** Opens a generic netlink message. The port stays 0: the kernel puts the sender's. */
  begin(type: number, flags: number, sequence: number, command: number, version: number): void {
    this.#message = this.#at;
    const at = this.#grow(SIZEOF_NLMSGHDR + SIZEOF_GENLMSGHDR);
    this.#view.setUint16(at + 4, type, LITTLE_ENDIAN);
    this.#view.setUint16(at + 6, flags, LITTLE_ENDIAN);
    this.#view.setUint32(at + 8, sequence, LITTLE_ENDIAN);
    this.#view.setUint8(at + SIZEOF_NLMSGHDR, command);
    this.#view.setUint8(at + SIZEOF_NLMSGHDR + 1, version);
  }

  /** Opens a message of another family, with that family's own header. {@link end} closes it. */
  beginWith(type: number, flags: number, sequence: number, header: Uint8Array): void {
    this.#message = this.#at;
    const at = this.#grow(SIZEOF_NLMSGHDR + align(header.length, NLMSG_ALIGNTO));
    this.#view.setUint16(at + 4, type, LITTLE_ENDIAN);
    this.#view.setUint16(at + 6, flags, LITTLE_ENDIAN);
    this.#view.setUint32(at + 8, sequence, LITTLE_ENDIAN);
    this.#bytes.set(header, at + SIZEOF_NLMSGHDR);
  }

  /** Closes the message that {@link begin} opened. */
  end(): void {
    this.#view.setUint32(this.#message, this.#at - this.#message, LITTLE_ENDIAN);
  }

  /** Adds flags to the message that was begun last, closed or not. */
  addFlags(flags: number): void {
    const at = this.#message + 6;
    this.#view.setUint16(at, this.#view.getUint16(at, LITTLE_ENDIAN) | flags, LITTLE_ENDIAN);
  }

  /** Opens a nest. @returns the mark that {@link closeNest} takes. */
  openNest(type: number): number {
    const mark = this.#at;
    this.#attribute(type | NLA_F_NESTED, 0);
    return mark;
  }

  closeNest(mark: number): void {
    this.#view.setUint16(mark, this.#at - mark, LITTLE_ENDIAN);
  }

  u8(type: number, value: number): void {
    const at = this.#attribute(type, 1);
    this.#view.setUint8(at, value);
  }

  u16(type: number, value: number): void {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value, LITTLE_ENDIAN);
  }

  /** Network order: ports. */
  be16(type: number, value: number): void {
    const at = this.#attribute(type, 2);
    this.#view.setUint16(at, value, false);
  }

  u32(type: number, value: number): void {
    const at = this.#attribute(type, 4);
    this.#view.setUint32(at, value, LITTLE_ENDIAN);
  }

  /** Network order: IPv4 masks. */
  be32(type: number, value: number): void {
    const at = this.#attribute(type, 4);
    this.#view.setUint32(at, value, false);
  }

  /** Two u32 in one attribute: a value and its mask. */
  u32Pair(type: number, first: number, second: number): void {
    const at = this.#attribute(type, 8);
    this.#view.setUint32(at, first, LITTLE_ENDIAN);
    this.#view.setUint32(at + 4, second, LITTLE_ENDIAN);
  }

  /** `size` zero bytes that the caller fills. @returns the part of the buffer, valid until the next write. */
  room(type: number, size: number): Uint8Array {
    const at = this.#attribute(type, size);
    return this.#bytes.subarray(at, at + size);
  }

  /** A string with its terminating zero. */
  string(type: number, value: string): void {
    const bytes = utf8.encode(value);
    this.room(type, bytes.length + 1).set(bytes);
  }

  /** Writes an attribute's header; may replace buffer and view. @returns where its zeroed payload begins. */
  #attribute(type: number, size: number): number {
    const at = this.#grow(align(SIZEOF_NLATTR + size, NLA_ALIGNTO));
    this.#view.setUint16(at, SIZEOF_NLATTR + size, LITTLE_ENDIAN);
    this.#view.setUint16(at + 2, type, LITTLE_ENDIAN);
    return at + SIZEOF_NLATTR;
  }

  /** Makes room for `size` zero bytes. @returns where they begin. */
  #grow(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** One message of a datagram; its payload is `bytes[start, end)`. */
export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  /** Over the same bytes; shared by all messages of a buffer, since a dump has tens of thousands. */
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

/**
 * The messages of one or more datagrams that lie one after another. A header that does not fit ends the reading:
 * `damaged` says so, and what came before it is still returned.
 */
export function decodeMessages(bytes: Uint8Array): { readonly messages: NetlinkMessage[]; readonly damaged: boolean } {
  const view = viewOf(bytes);
  const messages: NetlinkMessage[] = [];
  let at = 0;
  while (bytes.length - at >= SIZEOF_NLMSGHDR) {
    const length = view.getUint32(at, LITTLE_ENDIAN);
    if (length < SIZEOF_NLMSGHDR || length > bytes.length - at) return { messages, damaged: true };
    messages.push({
      type: view.getUint16(at + 4, LITTLE_ENDIAN),
      flags: view.getUint16(at + 6, LITTLE_ENDIAN),
      sequence: view.getUint32(at + 8, LITTLE_ENDIAN),
      bytes,
      view,
      start: at + SIZEOF_NLMSGHDR,
      end: at + length,
    });
    at += align(length, NLMSG_ALIGNTO);
  }
  return { messages, damaged: at < bytes.length };
}

/** The attributes of one level, by type. Getters give null for one that is absent or too short for what is asked. */
export class Attributes {
  /** Offset and length of each type's payload; offset 0 is absent, since a payload never begins a buffer. */
  readonly #places: number[];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** An attribute's length did not fit: what follows it was not read. */
  readonly damaged: boolean;

  /** Reads `bytes[start, end)`; types above `max` are passed over, of equal ones the last counts, as in the kernel. */
  constructor(bytes: Uint8Array, start: number, end: number, max: number, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
    const places = new Array<number>(2 * (max + 1)).fill(0);
    const limit = Math.min(end, bytes.length);
    let at = start;
    let damaged = false;
    while (limit - at >= SIZEOF_NLATTR) {
      const length = view.getUint16(at, LITTLE_ENDIAN);
      if (length < SIZEOF_NLATTR || length > limit - at) {
        damaged = true;
        break;
      }
      const type = view.getUint16(at + 2, LITTLE_ENDIAN) & NLA_TYPE_MASK;
      if (type <= max) {
        places[2 * type] = at + SIZEOF_NLATTR;
        places[2 * type + 1] = length - SIZEOF_NLATTR;
      }
      at += align(length, NLA_ALIGNTO);
    }
    this.#places = places;
    this.damaged = damaged;
  }

  u8(type: number): number | null {
    const at = this.#at(type, 1);
    return at === 0 ? null : this.#view.getUint8(at);
  }

  u16(type: number): number | null {
    const at = this.#at(type, 2);
    return at === 0 ? null : this.#view.getUint16(at, LITTLE_ENDIAN);
  }

  /** Network order. */
  be16(type: number): number | null {
    const at = this.#at(type, 2);
    return at === 0 ? null : this.#view.getUint16(at, false);
  }

  u32(type: number): number | null {
    const at = this.#at(type, 4);
    return at === 0 ? null : this.#view.getUint32(at, LITTLE_ENDIAN);
  }

  /** Network order. */
  be32(type: number): number | null {
    const at = this.#at(type, 4);
    return at === 0 ? null : this.#view.getUint32(at, false);
  }

  /** As a number: exact up to 2^53, beyond that to one part in 2^53. */
  u64(type: number): number | null {
    const at = this.#at(type, 8);
    if (at === 0) return null;
    const first = this.#view.getUint32(at, LITTLE_ENDIAN);
    const second = this.#view.getUint32(at + 4, LITTLE_ENDIAN);
    return LITTLE_ENDIAN ? second * 2 ** 32 + first : first * 2 ** 32 + second;
  }

  /** The payload's first `size` bytes. */
  bytes(type: number, size: number): Uint8Array | null {
    const at = this.#at(type, size);
    return at === 0 ? null : this.#bytes.subarray(at, at + size);
  }

  /** Up to the first zero byte, or to the end where there is none. */
  string(type: number): string | null {
    const at = this.#at(type, 0);
    if (at === 0) return null;
    const whole = this.#bytes.subarray(at, at + (this.#places[2 * type + 1] ?? 0));
    const zero = whole.indexOf(0);
    return text.decode(zero < 0 ? whole : whole.subarray(0, zero));
  }

  nested(type: number, max: number): Attributes | null {
    const at = this.#at(type, 0);
    return at === 0 ? null : new Attributes(this.#bytes, at, at + (this.#places[2 * type + 1] ?? 0), max, this.#view);
  }

  /** Where the payload begins, 0 when it is absent or shorter than `size`. */
  #at(type: number, size: number): number {
    return (this.#places[2 * type + 1] ?? 0) >= size ? (this.#places[2 * type] ?? 0) : 0;
  }
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

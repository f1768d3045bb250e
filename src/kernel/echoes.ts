import { randomBytes, randomInt } from 'node:crypto';
import { type Family, familyOf, type Ip, ipFromBytes } from '../values/ip.js';
import { acceptEchoes, decodeEcho, encodeEchoRequest, TOKEN_LENGTH } from '../wire/icmp-echo.js';
import type { Native, NativePoll, SystemError } from './native.js';
import * as S from './socket-numbers.js';
import { sockaddrIn } from './socket-structs.js';

/** How requests leave this machine. */
interface Way {
  readonly bind: Ip | null;
  readonly mark: number | null;
}

/** So many messages are read before other work has its turn. */
const AT_ONCE = 64;
/** More of a message is not needed: two headers of IP with options, two of ICMP, and the token. */
const ROOM = 512;
const SOCKADDR = 28;
/** A socket that nobody has used for so long is closed. */
const IDLE_MS = 60_000;

/**
 * Echo requests to many targets over one socket a family (and local address and mark). A raw socket where this process
 * has CAP_NET_RAW, since that one also hears why a request could not be delivered; else a ping socket (icmp(7)), which
 * the groups of net.ipv4.ping_group_range may have.
 */
export class KernelEchoes {
  readonly #native: Native;
  readonly #sockets = new Map<string, EchoSocket>();

  constructor(native: Native) {
    this.#native = native;
  }

  /** As the checks want it. @throws SystemError where there is no socket, or the kernel refuses to send. */
  readonly ping = (target: Ip, way: Way | null, size: number, answered: (why: string | null) => void): (() => void) => {
    const family = familyOf(target);
    const key = `${family} ${way?.bind ?? ''} ${way?.mark ?? ''}`;
    let socket = this.#sockets.get(key);
    if (socket === undefined) {
      socket = new EchoSocket(this.#native, family, way, () => this.#sockets.delete(key));
      this.#sockets.set(key, socket);
    }
    return socket.ask(target, size, answered);
  };

  /** How many sockets are open. */
  get size(): number {
    return this.#sockets.size;
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }
}

interface Asked {
  readonly target: Ip;
  readonly token: Uint8Array;
  readonly answered: (why: string | null) => void;
}

class EchoSocket {
  readonly #native: Native;
  readonly #family: Family;
  readonly #closed: () => void;
  readonly #fd: number;
  readonly #raw: boolean;
  readonly #poll: NativePoll;
  readonly #id = randomInt(0x1_0000);
  readonly #secret = randomBytes(TOKEN_LENGTH - 4);
  readonly #asked = new Map<number, Asked>();
  readonly #room = new Uint8Array(ROOM);
  readonly #from = new Uint8Array(SOCKADDR);
  #count = randomInt(0x1_0000);
  #idle: NodeJS.Timeout | null = null;

  constructor(native: Native, family: Family, way: Way | null, closed: () => void) {
    this.#native = native;
    this.#family = family;
    this.#closed = closed;
    const { fd, raw } = open(native, family);
    this.#fd = fd;
    this.#raw = raw;
    try {
      if (raw) native.attachFilter(fd, acceptEchoes(family, this.#id));
      if (way !== null && way.mark !== null) native.setOption(fd, S.SOL_SOCKET, S.SO_MARK, way.mark | 0);
      if (way !== null && way.bind !== null) native.bind(fd, sockaddrIn(way.bind));
      this.#poll = native.poll(fd, () => this.#read());
    } catch (error) {
      native.close(fd);
      throw error;
    }
  }

  ask(target: Ip, size: number, answered: (why: string | null) => void): () => void {
    if (this.#asked.size >= 0x1_0000) throw Object.assign(new Error('ENOBUFS'), { code: 'ENOBUFS' });
    do this.#count += 1;
    while (this.#asked.has(this.#count & 0xffff));
    const sequence = this.#count & 0xffff;
    const token = new Uint8Array(TOKEN_LENGTH);
    token.set(this.#secret);
    new DataView(token.buffer).setUint32(TOKEN_LENGTH - 4, this.#count >>> 0);
    const request = encodeEchoRequest(this.#family, this.#id, sequence, token, size);
    this.#native.send(this.#fd, request, sockaddrIn(target));
    this.#asked.set(sequence, { target, token, answered });
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    return () => {
      if (this.#asked.get(sequence)?.token === token) this.#forget(sequence);
    };
  }

  close(): void {
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#poll.close();
    this.#native.close(this.#fd);
    this.#closed();
  }

  #read(): void {
    for (let n = 0; n < AT_ONCE; n++) {
      const length = this.#native.receive(this.#fd, this.#room, this.#from, null);
      if (length < 0) return;
      this.#heard(this.#room.subarray(0, length));
    }
  }

  #heard(message: Uint8Array): void {
    const news = decodeEcho(this.#family, message, this.#raw);
    // A ping socket's id is the kernel's own, which has compared it already.
    if (news === null || (this.#raw && news.id !== this.#id)) return;
    const asked = this.#asked.get(news.sequence);
    if (asked === undefined) return;
    const source = ipFromBytes(this.#family, this.#from, this.#family === 4 ? 4 : 8);
    if (news.kind === 'reply') {
      if (source !== asked.target || !asked.token.every((byte, i) => byte === news.token[i])) return;
    } else if (news.target !== asked.target) return;
    this.#forget(news.sequence);
    asked.answered(news.kind === 'reply' ? null : source === asked.target ? news.why : `${news.why}, says ${source}`);
  }

  #forget(sequence: number): void {
    this.#asked.delete(sequence);
    if (this.#asked.size > 0) return;
    this.#idle = setTimeout(() => this.close(), IDLE_MS);
    this.#idle.unref();
  }
}

function open(native: Native, family: Family): { readonly fd: number; readonly raw: boolean } {
  const [domain, protocol] = family === 4 ? [S.AF_INET, S.IPPROTO_ICMP] : [S.AF_INET6, S.IPPROTO_ICMPV6];
  try {
    return { fd: native.socket(domain, S.SOCK_RAW, protocol), raw: true };
  } catch (error) {
    if ((error as SystemError).code !== 'EPERM' && (error as SystemError).code !== 'EACCES') throw error;
  }
  return { fd: native.socket(domain, S.SOCK_DGRAM, protocol), raw: false };
}

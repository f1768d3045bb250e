import rawSocket from 'raw-socket';
import type { Advert } from '../core/vrrp/advert.js';
import type { Failure } from '../values/failure.js';
import type { Ipv4 } from '../values/ipv4.js';
import { seconds } from '../values/time.js';
import { encodeAdvertPacket, VRRP_GROUP } from '../wire/advert-packet.js';
import { failureOf } from './failure.js';
import type { Native } from './native.js';
import * as S from './socket-numbers.js';
import { interfaceName, ipMreqn } from './socket-structs.js';

const ANY = '0.0.0.0' as Ipv4;
/** TC_PRIO_CONTROL − 1, what IP_TOS CS6 maps to, and the highest for which no capability is asked. */
const PRIORITY = 6;
/** raw-socket calls it with the bytes sent; a datagram goes whole or not at all. */
const ignore = (): void => {};

/**
 * Adverts going out, over raw-socket. The socket is one of IPPROTO_RAW: the IP header is ours (raw(7)), and it never
 * receives, so that no flood can fill it or delay what it sends.
 */
export class LanSender {
  readonly #interface: string;
  /** Held for as long as it is used: the package closes a socket that nobody refers to. */
  readonly #socket: rawSocket.Socket;
  readonly #packets = new WeakMap<Advert, { readonly source: Ipv4; readonly packet: Uint8Array }>();
  #open = true;

  /** @throws Error, with the kernel's text only, when the kernel refuses. */
  constructor(native: Native, name: string, index: number, failed: (failure: Failure) => void) {
    this.#interface = name;
    this.#socket = rawSocket.createSocket({ protocol: S.IPPROTO_RAW });
    this.#socket.on('error', (error) => {
      // The package has closed the socket by now.
      this.#open = false;
      failed(failureOf('lan.send', `advert on ${name}`, error));
    });
    try {
      // The package opens without close-on-exec, and does not tell the descriptor.
      native.closeOnExecAll();
      this.#socket.pauseRecv();
      const device = interfaceName(name);
      this.#socket.setOption(S.SOL_SOCKET, S.SO_BINDTODEVICE, device, device.length);
      const multicast = ipMreqn(ANY, index);
      this.#socket.setOption(S.IPPROTO_IP, S.IP_MULTICAST_IF, multicast, multicast.length);
      this.#socket.setOption(S.IPPROTO_IP, S.IP_MULTICAST_LOOP, 0);
      this.#socket.setOption(S.SOL_SOCKET, S.SO_PRIORITY, PRIORITY);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  send(advert: Advert, source: Ipv4): Failure | null {
    // After a close the package would silently make a new socket that is bound to nothing.
    if (!this.#open) return { what: 'lan.send', code: 'closed', detail: `advert on ${this.#interface}` };
    try {
      const packet = this.#packet(advert, source);
      // Not the package's `send`, which waits for the loop to say that the socket is writable: announcements and
      // address changes, made at once, would overtake the advert.
      this.#socket.wrap.send(packet, 0, packet.length, VRRP_GROUP, ignore);
      return null;
    } catch (error) {
      return failureOf('lan.send', `advert from ${source} on ${this.#interface}`, error);
    }
  }

  /** Writes packets and sends them nowhere: so that the first real one finds its code compiled. */
  rehearse(): void {
    const interval = seconds(1);
    const fields = { virtualRouterId: 1, priority: 1, interval, addresses: [ANY] } as const;
    encodeAdvertPacket({ version: 2, ...fields, auth: { type: 'pass', password: '' } }, ANY);
    encodeAdvertPacket({ version: 3, ...fields, checksum: 'pseudo_header' }, ANY);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
  }

  #packet(advert: Advert, source: Ipv4): Uint8Array {
    const known = this.#packets.get(advert);
    if (known !== undefined && known.source === source) return known.packet;
    // A Buffer, since the package takes no other Uint8Array.
    const packet = Buffer.from(encodeAdvertPacket(advert, source));
    this.#packets.set(advert, { source, packet });
    return packet;
  }
}

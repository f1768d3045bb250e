import type { Announcer } from '../ports/lan.js';
import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import type { Ipv4 } from '../values/ipv4.js';
import { encodeGratuitousArp } from '../wire/arp.js';
import { failureOf } from './failure.js';
import type { Native } from './native.js';
import * as S from './socket-numbers.js';
import { hardwareOf, sockaddrLl } from './socket-structs.js';

const BROADCAST = new Uint8Array(6).fill(0xff);

/** Gratuitous ARP going out, on a packet socket of no protocol, which receives nothing. */
export class LanAnnouncer implements Announcer {
  readonly #native: Native;
  readonly #interface: string;
  readonly #fd: number;
  readonly #to: Uint8Array;
  #open = true;

  /** @throws SystemError when the kernel refuses; nothing stays open then. */
  constructor(native: Native, name: string, index: number) {
    this.#native = native;
    this.#interface = name;
    this.#to = sockaddrLl(index, S.ETH_P_ARP, BROADCAST);
    this.#fd = native.socket(S.AF_PACKET, S.SOCK_RAW, 0);
    try {
      native.bind(this.#fd, sockaddrLl(index, 0, new Uint8Array(0)));
    } catch (error) {
      native.close(this.#fd);
      throw error;
    }
  }

  announce(address: Ip): Failure | null {
    const detail = `${address} on ${this.#interface}`;
    if (!this.#open) return { what: 'lan.announce', code: 'closed', detail };
    try {
      // Read each time: an administrator or a bond may change it.
      const hardware = hardwareOf(this.#native.localAddress(this.#fd));
      if (hardware.length !== 6) {
        return { what: 'lan.announce', code: 'not-ethernet', detail: `${detail}, which has no Ethernet address` };
      }
      this.#native.send(this.#fd, encodeGratuitousArp(address as Ipv4, hardware), this.#to);
      return null;
    } catch (error) {
      return failureOf('lan.announce', detail, error);
    }
  }

  /** Writes a frame and sends it nowhere: so that the first real one finds its code compiled. */
  rehearse(): void {
    const hardware = hardwareOf(this.#native.localAddress(this.#fd));
    if (hardware.length === 6) encodeGratuitousArp('0.0.0.0' as Ipv4, hardware);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#native.close(this.#fd);
  }
}

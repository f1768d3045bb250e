import type { Announcement, Announcer } from '../ports/lan.js';
import type { Failure } from '../values/failure.js';
import { type Ip, isIpv6 } from '../values/ip.js';
import type { Ipv4 } from '../values/ipv4.js';
import type { Ipv6 } from '../values/ipv6.js';
import { encodeGratuitousArp } from '../wire/arp.js';
import { encodeUnsolicitedAdvertisement } from '../wire/neighbour.js';
import { failureOf } from './failure.js';
import type { Native } from './native.js';
import * as S from './socket-numbers.js';
import { hardwareOf, sockaddrLl } from './socket-structs.js';

const BROADCAST = new Uint8Array(6).fill(0xff);
/** Where IPv6's all nodes are (RFC 2464 §7); the kernel takes it from the frame, and wants it here to tell the kind. */
const ALL_NODES = Uint8Array.of(0x33, 0x33, 0, 0, 0, 1);

/**
 * Gratuitous ARP and unsolicited neighbour advertisements going out, on a packet socket of no protocol, which receives
 * nothing. The solicited-node group that RFC 9568 §6.4.1 has a new master join is joined by the kernel itself when the
 * address is put on the interface (addrconf_dad_begin in net/ipv6/addrconf.c).
 */
export class LanAnnouncer implements Announcer {
  readonly #native: Native;
  readonly #interface: string;
  readonly #fd: number;
  readonly #toAll: { readonly arp: Uint8Array; readonly ipv6: Uint8Array };
  #open = true;

  /** @throws SystemError when the kernel refuses; nothing stays open then. */
  constructor(native: Native, name: string, index: number) {
    this.#native = native;
    this.#interface = name;
    this.#toAll = {
      arp: sockaddrLl(index, S.ETH_P_ARP, BROADCAST),
      ipv6: sockaddrLl(index, S.ETH_P_IPV6, ALL_NODES),
    };
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
      const announcement = this.#write(address);
      if (announcement === null) {
        return { what: 'lan.announce', code: 'not-ethernet', detail: `${detail}, which has no Ethernet address` };
      }
      this.#native.send(...announcement);
      return null;
    } catch (error) {
      return failureOf('lan.announce', detail, error);
    }
  }

  written(address: Ip): Announcement | null {
    if (!this.#open) return null;
    try {
      return this.#write(address);
    } catch {
      // `announce` will say why.
      return null;
    }
  }

  #write(address: Ip): Announcement | null {
    // Read each time: an administrator or a bond may change it.
    const hardware = hardwareOf(this.#native.localAddress(this.#fd));
    if (hardware.length !== 6) return null;
    return isIpv6(address)
      ? [this.#fd, encodeUnsolicitedAdvertisement(address, hardware), this.#toAll.ipv6]
      : [this.#fd, encodeGratuitousArp(address, hardware), this.#toAll.arp];
  }

  /** Writes a frame and sends it nowhere: so that the first real one finds its code compiled. */
  rehearse(): void {
    const hardware = hardwareOf(this.#native.localAddress(this.#fd));
    if (hardware.length !== 6) return;
    encodeGratuitousArp('0.0.0.0' as Ipv4, hardware);
    encodeUnsolicitedAdvertisement('::' as Ipv6, hardware);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#native.close(this.#fd);
  }
}

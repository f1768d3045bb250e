import type { Claims, ClaimWatch } from '../ports/claims.js';
import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import { acceptNothing } from '../wire/bpf.js';
import { acceptClaims, decodeClaim } from '../wire/claim.js';
import { failureOf } from './failure.js';
import { native as addon, type Native } from './native.js';
import * as S from './socket-numbers.js';
import { sockaddrLl } from './socket-structs.js';

/** A sample: some 40 frames. */
const BUFFER = 16 << 10;
const EVERY_MS = 100;
const AT_ONCE = 64;
/** Headers and one option; the rest of a frame says nothing more. */
const LONGEST_FRAME = 128;

/** Packet sockets that see what neighbours say of our addresses. Needs CAP_NET_RAW. */
export class KernelClaims implements Claims {
  readonly #native: Native;

  constructor(native: Native = addon) {
    this.#native = native;
  }

  watch(
    interfaceName: string,
    addresses: readonly Ip[],
    seen: (address: Ip, hardware: string) => void,
  ): ClaimWatch | Failure {
    const native = this.#native;
    let fd = -1;
    try {
      const index = native.interfaceIndex(interfaceName);
      if (index === 0) return { what: 'claims.watch', code: 'ENODEV', detail: interfaceName };
      fd = native.socket(S.AF_PACKET, S.SOCK_RAW, 0);
      // Without a protocol it receives nothing until it is bound, and then only what the filter lets through.
      native.attachFilter(fd, acceptNothing());
      native.setOption(fd, S.SOL_SOCKET, S.SO_RCVBUF, BUFFER);
      native.attachFilter(fd, acceptClaims(addresses));
      native.bind(fd, sockaddrLl(index, S.ETH_P_ALL, new Uint8Array(0)));
    } catch (error) {
      if (fd >= 0) native.close(fd);
      return failureOf('claims.watch', interfaceName, error);
    }
    const ours = new Set<Ip>(addresses);
    const room = new Uint8Array(LONGEST_FRAME);
    const timer = setInterval(() => {
      for (let count = 0; count < AT_ONCE; count += 1) {
        const length = received(native, fd, room);
        if (length < 0) return;
        const claim = decodeClaim(room.subarray(0, length));
        if (claim !== null && ours.has(claim.address)) seen(claim.address, claim.hardware);
      }
    }, EVERY_MS).unref();
    let open = true;
    return {
      close: () => {
        if (!open) return;
        open = false;
        clearInterval(timer);
        native.close(fd);
      },
    };
  }
}

/** @returns −1 when nothing waits, or the interface is down or gone (an error once): whoever opened this sees that too. */
function received(native: Native, fd: number, room: Uint8Array): number {
  try {
    return Math.min(native.receive(fd, room, null, null), room.length);
  } catch {
    return -1;
  }
}

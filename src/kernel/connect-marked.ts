import { getSystemErrorName } from 'node:util';
import type { Endpoint } from '../values/endpoint.js';
import { type Ip, isIpv6 } from '../values/ip.js';
import type { Native, SystemError } from './native.js';
import { AF_INET, AF_INET6, SO_MARK, SOCK_STREAM, SOL_SOCKET } from './socket-numbers.js';
import { sockaddrIn } from './socket-structs.js';

/** How a connection leaves this machine. */
interface Way {
  readonly bind: Ip | null;
  readonly mark: number | null;
}

/**
 * Connects a TCP socket that carries a mark (SO_MARK, socket(7); needs CAP_NET_ADMIN) and is bound to an address, which
 * node's own sockets cannot.
 * @returns the function: it gives the connected descriptor, or the kernel's name for the error, later and once, unless
 * what it returned was called; it throws a SystemError where the socket cannot be made.
 */
export function markedConnector(native: Native) {
  return (
    target: Endpoint,
    way: Way,
    done: (end: { readonly fd: number } | { readonly code: string }) => void,
  ): (() => void) => {
    const fd = native.socket(isIpv6(target.address) ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    try {
      if (way.mark !== null) native.setOption(fd, SOL_SOCKET, SO_MARK, way.mark | 0);
      if (way.bind !== null) native.bind(fd, sockaddrIn(way.bind));
      let over = false;
      const attempt = native.connect(fd, sockaddrOf(target), (errno) => {
        over = true;
        attempt.close();
        if (errno === 0) return done({ fd });
        native.close(fd);
        done({ code: getSystemErrorName(-errno) });
      });
      return () => {
        // The descriptor is the receiver's by now, or another's.
        if (over) return;
        over = true;
        attempt.close();
        native.close(fd);
      };
    } catch (error) {
      native.close(fd);
      throw error as SystemError;
    }
  };
}

/** struct sockaddr_in or sockaddr_in6 with its port. */
function sockaddrOf(target: Endpoint): Uint8Array {
  const bytes = sockaddrIn(target.address);
  new DataView(bytes.buffer).setUint16(2, target.port, false);
  return bytes;
}

import type { Family, Ip } from '../values/ip.js';
import type { Native } from './native.js';
import { AF_INET, AF_INET6, SO_MARK, SOCK_DGRAM, SOL_SOCKET } from './socket-numbers.js';
import { sockaddrIn } from './socket-structs.js';

/**
 * Makes UDP sockets that carry a mark (SO_MARK, socket(7); needs CAP_NET_ADMIN) and are bound to an address, which node's
 * own sockets cannot.
 * @returns the function: it gives a descriptor, the caller's, and throws a SystemError.
 */
export const markedDatagrams =
  (native: Native) =>
  (family: Family, way: { readonly bind: Ip | null; readonly mark: number | null }): number => {
    const fd = native.socket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    try {
      if (way.mark !== null) native.setOption(fd, SOL_SOCKET, SO_MARK, way.mark | 0);
      if (way.bind !== null) native.bind(fd, sockaddrIn(way.bind));
      return fd;
    } catch (error) {
      native.close(fd);
      throw error;
    }
  };

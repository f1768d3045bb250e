import type { Family, Ip } from '../values/ip.js';
import type { Native } from './native.js';
import * as S from './socket-numbers.js';
import { sockaddrIn } from './socket-structs.js';

/**
 * Makes UDP sockets with what node's own cannot have: every error that ICMP tells, also those that the kernel hides by
 * default because they may pass, an unreachable host's above all (IP_RECVERR, ip(7)); and a mark (SO_MARK, socket(7);
 * needs CAP_NET_ADMIN).
 * @returns the function: it gives a descriptor, the caller's, and throws a SystemError.
 */
export const datagramSockets =
  (native: Native) =>
  (family: Family, way: { readonly bind: Ip | null; readonly mark: number | null } | null): number => {
    const fd = native.socket(family === 4 ? S.AF_INET : S.AF_INET6, S.SOCK_DGRAM, 0);
    try {
      if (family === 4) native.setOption(fd, S.IPPROTO_IP, S.IP_RECVERR, 1);
      else native.setOption(fd, S.IPPROTO_IPV6, S.IPV6_RECVERR, 1);
      if (way !== null && way.mark !== null) native.setOption(fd, S.SOL_SOCKET, S.SO_MARK, way.mark | 0);
      if (way !== null && way.bind !== null) native.bind(fd, sockaddrIn(way.bind));
      return fd;
    } catch (error) {
      native.close(fd);
      throw error;
    }
  };

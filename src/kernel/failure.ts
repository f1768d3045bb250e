import type { Failure } from '../values/failure.js';

/** A caught error as a Failure: a SystemError gives its code; a text that the kernel's error has, the code for it. */
export function failureOf(what: string, detail: string, error: unknown): Failure {
  if (!(error instanceof Error)) return { what, code: 'failed', detail: `${detail} (${String(error)})` };
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  if (typeof code === 'string' && typeof syscall === 'string') return { what, code, detail: `${detail} (${syscall})` };
  const known = SOCKET_ERRORS.get(error.message);
  if (known !== undefined) return { what, code: known, detail };
  return { what, code: 'failed', detail: `${detail} (${error.message})` };
}

/**
 * raw-socket throws strerror(3)'s text and nothing else: the ones of socket(7), as the GNU C library has them. A text
 * that is not here is told as it is.
 */
export const SOCKET_ERRORS: ReadonlyMap<string, string> = new Map([
  ['Operation not permitted', 'EPERM'],
  ['Input/output error', 'EIO'],
  ['No such device or address', 'ENXIO'],
  ['Interrupted system call', 'EINTR'],
  ['Bad file descriptor', 'EBADF'],
  ['Resource temporarily unavailable', 'EAGAIN'],
  ['Cannot allocate memory', 'ENOMEM'],
  ['Permission denied', 'EACCES'],
  ['Bad address', 'EFAULT'],
  ['Device or resource busy', 'EBUSY'],
  ['No such device', 'ENODEV'],
  ['Invalid argument', 'EINVAL'],
  ['Too many open files in system', 'ENFILE'],
  ['Too many open files', 'EMFILE'],
  ['Socket operation on non-socket', 'ENOTSOCK'],
  ['Destination address required', 'EDESTADDRREQ'],
  ['Message too long', 'EMSGSIZE'],
  ['Protocol not available', 'ENOPROTOOPT'],
  ['Protocol not supported', 'EPROTONOSUPPORT'],
  ['Socket type not supported', 'ESOCKTNOSUPPORT'],
  ['Operation not supported', 'EOPNOTSUPP'],
  ['Address family not supported by protocol', 'EAFNOSUPPORT'],
  ['Address already in use', 'EADDRINUSE'],
  ['Cannot assign requested address', 'EADDRNOTAVAIL'],
  ['Network is down', 'ENETDOWN'],
  ['Network is unreachable', 'ENETUNREACH'],
  ['No buffer space available', 'ENOBUFS'],
  ['Transport endpoint is not connected', 'ENOTCONN'],
  ['Connection timed out', 'ETIMEDOUT'],
  ['Connection refused', 'ECONNREFUSED'],
  ['Host is down', 'EHOSTDOWN'],
  ['No route to host', 'EHOSTUNREACH'],
]);

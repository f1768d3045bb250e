import { getSystemErrorMap } from 'node:util';
import type { Failure } from '../values/failure.js';

/** A caught error as a Failure: a SystemError gives its code; a text that the kernel's error has, the code for it. */
export function failureOf(what: string, detail: string, error: unknown): Failure {
  if (!(error instanceof Error)) return { what, code: 'failed', detail: `${detail} (${String(error)})` };
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  if (typeof code === 'string' && typeof syscall === 'string') return { what, code, detail: `${detail} (${syscall})` };
  const known = CODES.get(error.message.toLowerCase());
  if (known !== undefined) return { what, code: known, detail };
  return { what, code: 'failed', detail: `${detail} (${error.message})` };
}

/** raw-socket throws strerror(3)'s text and nothing else. libuv has the same texts in lower case, but for a few. */
const CODES = new Map<string, string>([
  ...[...getSystemErrorMap().values()].map(([name, text]): [string, string] => [text.toLowerCase(), name]),
  ['cannot assign requested address', 'EADDRNOTAVAIL'],
  ['invalid cross-device link', 'EXDEV'],
  ['cannot allocate memory', 'ENOMEM'],
  ['protocol not available', 'ENOPROTOOPT'],
  ['protocol not supported', 'EPROTONOSUPPORT'],
  ['operation not supported', 'EOPNOTSUPP'],
  ['address family not supported by protocol', 'EAFNOSUPPORT'],
  ['transport endpoint is not connected', 'ENOTCONN'],
]);

import type { z } from 'zod';
import { isIpv6, parseIp } from '../values/ip.js';
import type { Duration } from '../values/time.js';
import { formatDuration } from '../values/time.js';
import { orNull, parsed, whole, wrong } from './fields.js';
import { duration, looksIpv6, notHost, notHost6, notIpv4 } from './scalars.js';

/** When a check runs and what its results mean: keys of every kind. */
export const timing = {
  interval: duration('10ms', '1h').prefault('2s').describe('How often each server is tried.'),
  timeout: duration('1ms', '1h')
    .optional()
    .describe(
      'How long one try may take, connection and answer together. At most the interval, because tries of one server never overlap. Default: 1s, or the interval where that is shorter.',
    ),
  retries: whole(0, 100)
    .prefault(0)
    .describe('So many further tries before a check counts as failed; the next interval begins after them.'),
  retry_delay: duration('0s', '1h').prefault('1s').describe('The pause before each further try.'),
  jitter: duration('0s', '1h')
    .prefault('0s')
    .describe(
      'Each try begins up to so much later than its interval says, by another amount every time, so that checks of several directors do not meet. At most the interval.',
    ),
  rise: whole(1, 255).prefault(1).describe('So many successes in a row bring a server in.'),
  fall: whole(1, 255).prefault(3).describe('So many failures in a row take it out.'),
};

/** An address of a host or of this machine, of either family, loopback included: a check may go there. */
const anyAddress = () =>
  parsed(
    'an address such as 10.0.0.1 or 2001:db8::1',
    (text) => {
      const value = parseIp(text);
      if (value === null) return looksIpv6(text) ? wrong('is no IPv6 address') : notIpv4(text);
      const why = isIpv6(value) ? notHost6(value) : notHost(value);
      return why === null ? value : wrong(why);
    },
    { examples: ['10.0.0.1', '2001:db8::1'] },
  );

/** Where a check goes by itself and how: keys of every kind that uses the network. */
export const way = {
  address: orNull(anyAddress()).describe('The address to try, such as one for management. Default: the server’s.'),
  bind: orNull(anyAddress()).describe(
    'The local address to try from; it must be one of this machine’s. Default: the kernel’s choice.',
  ),
  mark: orNull(whole(1, 0xffff_ffff)).describe(
    'A mark on the packets, for policy routing (`ip rule … fwmark`) and firewalls. Default: none.',
  ),
};

/** The same with a port. */
export const network = {
  ...way,
  port: orNull(whole(1, 65_535)).describe('The port to try. Default: the server’s.'),
};

const ONE_SECOND = 1_000_000;

/** The timeout where the file has none. */
export const timeoutOf = (c: { readonly timeout?: Duration | undefined; readonly interval: Duration }): Duration =>
  c.timeout ?? (Math.min(ONE_SECOND, c.interval) as Duration);

/** Refuses a jitter that would skip a turn. */
export function jitterFits(
  { jitter, interval }: { readonly jitter: Duration; readonly interval: Duration },
  context: z.core.$RefinementCtx,
): void {
  if (jitter <= interval) return;
  context.addIssue({
    code: 'custom',
    path: ['jitter'],
    message: `found ${formatDuration(jitter)}, more than the interval: the next try would be due before this one; allowed: at most ${formatDuration(interval)}`,
  });
}

/**
 * For the servers of one service: the same check with this port where its kind has one and the file does not say which.
 * Servers that share both share the object, on its way to the director as well: ten thousand copies are megabytes.
 */
export function portsOnce(): <C extends object>(check: C, port: number) => C {
  const made = new Map<object, Map<number, object>>();
  return <C extends object>(check: C, port: number): C => {
    if (!('port' in check) || check.port !== null) return check;
    const known = made.get(check) ?? new Map<number, object>();
    const same = known.get(port) ?? { ...check, port };
    made.set(check, known.set(port, same));
    return same as C;
  };
}

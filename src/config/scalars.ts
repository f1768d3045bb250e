import type { z } from 'zod';
import { parseEndpoint, parsePort } from '../values/endpoint.js';
import { isIpv6 } from '../values/ip.js';
import { type Cidr4, type Ipv4, ipv4ToNumber, parseCidr4, parseIpv4 } from '../values/ipv4.js';
import { type Ipv6, parseIpv6 } from '../values/ipv6.js';
import { type Duration, formatDuration, parseDuration, seconds } from '../values/time.js';
import { matching, parsed, type Wrong, wrong } from './fields.js';

const DURATION = '^\\d+(\\.\\d+)?(us|ms|s|m|h)$';

/** A duration with its unit, from `min` to `max` as they would stand in a file; `allowed` says more than that. */
export function duration(min: string, max: string, allowed?: string) {
  const least = parseDuration(min) as Duration;
  const most = parseDuration(max) as Duration;
  return parsed(
    allowed ?? `a duration with its unit (us, ms, s, m, h) from ${min} to ${max}, such as 1500ms or 2s`,
    (text) => {
      const value = parseDuration(text);
      if (value === null) return wrong(/^\d+(\.\d+)?$/.test(text) ? 'has no unit' : null);
      return value >= least && value <= most ? value : wrong();
    },
    { pattern: DURATION, examples: [min, max] },
    (input) => (typeof input === 'number' ? 'has no unit' : null),
  );
}

/** A duration of whole seconds, `from` to `to`; `who` says in the message why there are no fractions. */
export function wholeSeconds(from: number, to: number, who: string) {
  return parsed(
    `a duration of whole seconds from ${formatDuration(seconds(from))} to ${to}s`,
    (text) => {
      const value = parseDuration(text);
      if (value === null) return wrong(/^\d+(\.\d+)?$/.test(text) ? 'has no unit' : null);
      if (value % 1_000_000 !== 0) return wrong(`is no whole number of seconds (${who})`);
      return value >= seconds(from) && value <= seconds(to) ? value : wrong();
    },
    { pattern: DURATION, examples: [formatDuration(seconds(from)), `${to}s`] },
    (input) => (typeof input === 'number' ? 'has no unit' : null),
  );
}

const IPV6 = 'is an IPv6 address: IPv6 addresses are not supported yet';
/** Has the colons of an IPv6 address. */
export const looksIpv6 = (text: string): boolean => /^\[?[0-9a-f:.]*:[0-9a-f:.]*:/i.test(text);

/** Why `text` is no IPv4 address, where that can be told. */
export function notIpv4(text: string): Wrong {
  if (looksIpv6(text)) return wrong(IPV6);
  if (/^\d+(\.\d+){3}$/.test(text)) {
    return wrong(/(^|\.)0\d/.test(text) ? 'has a number with a leading zero' : 'has a number above 255');
  }
  return wrong();
}

const first = (address: Ipv4): number => Math.floor(ipv4ToNumber(address) / 2 ** 24);

/** Why an address can be nobody's, or null: 0/8, 224/4 (multicast) and 240/4 are not hosts (RFC 6890). */
export function notHost(address: Ipv4): string | null {
  if (first(address) === 0) return 'begins with 0 and is no host address';
  if (first(address) >= 240) return 'is no host address';
  return first(address) >= 224 ? 'is a multicast address' : null;
}

/** The same of IPv6 (RFC 4291 §2.5, §2.7). */
export function notHost6(address: Ipv6): string | null {
  if (address === '::') return 'is the unspecified address';
  if (address.startsWith('ff')) return 'is a multicast address';
  return address.startsWith('::ffff:') && address.includes('.') ? 'is an IPv4 address in IPv6 form' : null;
}

/** An IPv4 address of a host. */
export const ipv4 = () =>
  parsed('an IPv4 address such as 10.0.0.1', (text) => parseIpv4(text) ?? notIpv4(text), { examples: ['10.0.0.255'] });

/** An address with its prefix length, as a virtual address is written: `172.28.128.200/24`, /32 without one. */
export const cidr4 = () =>
  parsed(
    'an IPv4 address with its prefix length, such as 172.28.128.200/24',
    (text): Cidr4 | Wrong => {
      const value = parseCidr4(text);
      if (value === null) {
        const slash = text.indexOf('/');
        const host = slash < 0 ? text : text.slice(0, slash);
        return parseIpv4(host) === null ? notIpv4(host) : wrong('has a prefix length that is not 0 to 32');
      }
      const why = first(value.address) === 127 ? 'is a loopback address' : notHost(value.address);
      return why === null ? value : wrong(why);
    },
    { examples: ['172.28.128.200/24', '10.0.0.10/32'] },
  );

/** An address and a port. */
export const endpoint = () =>
  parsed(
    'ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
    (text) => {
      const value = parseEndpoint(text);
      if (value !== null) {
        const why = isIpv6(value.address) ? notHost6(value.address) : notHost(value.address);
        return why === null ? value : wrong(why);
      }
      return notEndpoint(text);
    },
    { examples: ['172.28.128.200:80'] },
  );

/** Why `text` is no address with a port, where that can be told. */
export function notEndpoint(text: string): Wrong {
  if (looksIpv6(text)) return notEndpoint6(text);
  const colon = text.lastIndexOf(':');
  if (colon < 0) return parseIpv4(text) === null ? notIpv4(text) : wrong('has no port');
  if (parseIpv4(text.slice(0, colon)) === null) return notIpv4(text.slice(0, colon));
  return wrong(parsePort(text.slice(colon + 1)) === null ? 'has a port that is not 1 to 65535' : null);
}

/** Why `text`, which has the colons of an IPv6 address, is no address with a port. */
function notEndpoint6(text: string): Wrong {
  const [, host = '', rest = ''] = /^\[([^\]]*)\](.*)$/.exec(text) ?? [];
  if (host === '')
    return parseIpv6(text) === null ? wrong() : wrong('has no port: an IPv6 address stands in brackets before it');
  if (parseIpv6(host) === null) return wrong('has no IPv6 address in its brackets');
  return wrong(rest === '' ? 'has no port' : 'has a port that is not 1 to 65535');
}

/** A network interface's name as the kernel takes it (dev_valid_name in net/core/dev.c; IFNAMSIZ is 16 with its end). */
export const interfaceName = () =>
  matching(/^(?!\.{1,2}$)[^\s/:\0]{1,15}$/, 'an interface name of 1 to 15 characters without spaces, "/" and ":"');

/** A name that people type behind a verb and that stands in logs. */
export const name = () =>
  matching(
    /^[A-Za-z0-9][A-Za-z0-9_.:/@-]{0,62}$/,
    'a name of 1 to 63 letters, digits and _ . : / @ -, which begins with a letter or digit',
  );

/** A file's absolute path. */
export const absolutePath = () => matching(/^\/[^\0\r\n]{1,4094}$/, 'an absolute path, which begins with "/"');

/**
 * Refuses a timeout above the interval: tries never overlap, so it would silently stretch the interval, and with it
 * the time after which a failure shows (fall × interval + timeout).
 */
export function withinInterval(
  { timeout, interval }: { readonly timeout: Duration; readonly interval: Duration },
  context: z.core.$RefinementCtx,
): void {
  if (timeout <= interval) return;
  context.addIssue({
    code: 'custom',
    path: ['timeout'],
    message: `found ${formatDuration(timeout)}, more than the interval: the next try would begin before this one ends; allowed: at most ${formatDuration(interval)}`,
  });
}

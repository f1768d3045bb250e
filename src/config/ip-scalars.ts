import { type Cidr, ipToBytes, isIpv6, parseCidr, parseIp } from '../values/ip.js';
import { type Ipv6, parseIpv6 } from '../values/ipv6.js';
import { parsed, type Wrong, wrong } from './fields.js';
import { looksIpv6, notHost, notHost6, notIpv4 } from './scalars.js';

/** Why `text` is an address of neither family, where that can be told. */
function notIp(text: string): Wrong {
  if (!looksIpv6(text)) return notIpv4(text);
  if (text.includes('%')) return wrong('has a zone: name the interface in a key of its own');
  return wrong('is no IPv6 address');
}

/** Why an IPv6 address is none that other hosts could use, or null. */
const notReachable6 = (address: Ipv6): string | null =>
  address === '::1' ? 'is a loopback address' : notHost6(address);

/** An address of a host, of either family. */
export const ip = () =>
  parsed(
    'an address such as 10.0.0.1 or 2001:db8::1',
    (text) => {
      const value = parseIp(text);
      if (value === null) return notIp(text);
      const why = isIpv6(value) ? notReachable6(value) : notHost(value);
      return why === null ? value : wrong(why);
    },
    { examples: ['10.0.0.1', '2001:db8::1'] },
  );

/** An address with its prefix length, as a virtual address is written: `2001:db8::1/64`, the single address without one. */
export const cidr = () =>
  parsed(
    'an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    (text): Cidr | Wrong => {
      const value = cidrOf(text);
      if ('wrong' in value) return value;
      const { address } = value;
      if (isIpv6(address)) {
        const why = notReachable6(address);
        return why === null ? value : wrong(why);
      }
      const why = address.startsWith('127.') ? 'is a loopback address' : notHost(address);
      return why === null ? value : wrong(why);
    },
    { examples: ['172.28.128.200/24', '2001:db8::200/64'] },
  );

/** A network: no bit may be set behind its prefix. */
export const network = () =>
  parsed('a network such as 10.1.0.0/16 or 2001:db8:1::/48', readNetwork, {
    examples: ['10.1.0.0/16', '2001:db8:1::/48'],
  });

/** Where a route leads: a network, or `default` for all. */
export const destination = () =>
  parsed(
    'default, or a network such as 10.1.0.0/16 or 2001:db8:1::/48',
    (text): 'default' | Cidr | Wrong => (text === 'default' ? text : readNetwork(text)),
    { examples: ['default', '10.1.0.0/16'] },
  );

function readNetwork(text: string): Cidr | Wrong {
  const value = cidrOf(text);
  if ('wrong' in value) return value;
  return hasHostBits(value) ? wrong('has bits set behind its prefix') : value;
}

function cidrOf(text: string): Cidr | Wrong {
  const value = parseCidr(text);
  if (value !== null) return value;
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  if (parseIp(host) === null) return notIp(host);
  return wrong(`has a prefix length that is not 0 to ${parseIpv6(host) === null ? 32 : 128}`);
}

/** Whether a bit is set behind the prefix. */
function hasHostBits({ address, prefix }: Cidr): boolean {
  return ipToBytes(address).some((byte, i) => (byte & (0xff >> Math.min(8, Math.max(0, prefix - 8 * i)))) !== 0);
}

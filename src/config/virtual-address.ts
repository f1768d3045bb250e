import { z } from 'zod';
import { type Cidr, type Ip, isIpv6 } from '../values/ip.js';
import { listOf, mapping, matching, oneOf, orNull } from './fields.js';
import { says } from './found.js';
import { cidr } from './ip-scalars.js';
import { interfaceName, ipv4, name } from './scalars.js';

/** The most that one instance may have besides those in its adverts. */
const EXCLUDED_AT_MOST = 10_000;

interface Address {
  readonly cidr: Cidr;
  readonly interface: string | null;
  readonly broadcast: Ip | null;
  readonly scope: 'global' | 'site' | 'link' | 'host';
  readonly label: string | null;
  /** Only where given. */
  readonly while_up?: readonly string[];
}

const plain = cidr().transform(
  (of): Address => ({ cidr: of, interface: null, broadcast: null, scope: 'global', label: null }),
);

const whileUp = orNull(
  z.union([name().transform((service) => [service]), listOf(name(), 'names of services').min(1)], {
    error: says('the name of a service under ipvs.services, or a list of them'),
  }),
).describe(
  'The name of a service under `ipvs.services`, or a list: as master the instance carries the address only while one of them has its quorum. It stays in the adverts, and the instance stays master. Default: always.',
);

const long = mapping({
  address: cidr().describe('The address and its prefix length; without one it is the single address (/32, /128).'),
  interface: orNull(interfaceName()).describe('The interface that carries it. Default: the instance’s.'),
  broadcast: orNull(ipv4()).describe('IPv4 only: its broadcast address. Default: none.'),
  scope: oneOf(['global', 'site', 'link', 'host'])
    .prefault('global')
    .describe('IPv4 only: its scope, as in `ip address`.'),
  while_up: whileUp,
  label: orNull(
    matching(/^[^\s/\0]{1,15}$/, 'a label of 1 to 15 characters without spaces, such as eth1:vip'),
  ).describe('IPv4 only: its label, which begins with the interface’s name. Default: none.'),
})
  .superRefine((given, context) => {
    if (!isIpv6(given.address.address)) return;
    const say = (key: string, found: string, why: string) =>
      context.addIssue({ code: 'custom', path: [key], message: `found ${found}, ${why}; allowed: without ${key}` });
    if (given.broadcast !== null) say('broadcast', given.broadcast, 'but IPv6 has no broadcast');
    if (given.label !== null) say('label', JSON.stringify(given.label), 'but only IPv4 addresses have labels');
    if (given.scope !== 'global') say('scope', given.scope, 'but an IPv6 address says its scope itself');
  })
  .transform(({ address, while_up: services, ...rest }): Address => {
    const stands = services === null ? {} : { while_up: services };
    return { cidr: address, ...rest, ...stands };
  });

const ADDRESS =
  'an address such as 172.28.128.200/24, or a mapping with address, interface, broadcast, scope, while_up, label';
const element = z.union([plain, long], { error: says(ADDRESS) });

/** `virtual_addresses:` */
export const virtualAddresses = listOf(element, 'addresses such as 172.28.128.200/24')
  .min(1, { error: 'found an empty list; allowed: 1 to 255 addresses' })
  .max(255, {
    error: (issue) =>
      `found ${(issue.input as unknown[]).length} addresses; allowed: 1 to 255, because the advert counts them in one byte; more belong in excluded_addresses`,
  })
  .describe(
    'The addresses that the master carries, all of one family: the same list on all routers. One advert carries them all and must fit the interface’s MTU: with 1500 bytes 90 IPv6 addresses do, or 255 of IPv4.',
  );

/** `excluded_addresses:` */
export const excludedAddresses = listOf(element, 'addresses such as 172.28.128.201/24')
  .max(EXCLUDED_AT_MOST, {
    error: (issue) => `found ${(issue.input as unknown[]).length} addresses; allowed: ${EXCLUDED_AT_MOST} at most`,
  })
  .prefault([])
  .describe(
    'More addresses that the master carries and announces, of either family, which do not stand in the adverts: other routers need not have the same.',
  );

import { z } from 'zod';
import { type Cidr, type Family, familyOf, type Ip, isIpv6, parseCidr } from '../values/ip.js';
import { isLinkLocal } from '../values/ipv6.js';
import { flag, listOf, mapping, oneOf, orNull, whole } from './fields.js';
import { says } from './found.js';
import { destination, ip, network } from './ip-scalars.js';
import { interfaceName } from './scalars.js';

/** RT_TABLE_MAIN of <linux/rtnetlink.h>. */
const MAIN = 254;
const AT_MOST = 1000;
const U32 = 0xffff_ffff;

const family = orNull(z.literal([4, 6], { error: says('4, 6') }));
const table = () => whole(1, U32);

const nexthop = mapping({
  via: orNull(ip()).describe('The gateway.'),
  interface: orNull(interfaceName()).describe('The interface it is reached by. Default: the kernel finds it.'),
  weight: whole(1, 256).prefault(1).describe('Its share of the traffic.'),
}).superRefine((hop, context) => {
  if (hop.via !== null || hop.interface !== null) return;
  context.addIssue({ code: 'custom', message: 'found neither via nor interface; allowed: one of both, or both' });
});

const route = mapping({
  to: destination().describe('Where it leads: `default`, or a network.'),
  type: oneOf(['unicast', 'blackhole', 'unreachable', 'prohibit'])
    .prefault('unicast')
    .describe('unicast leads on; blackhole drops silently, unreachable and prohibit say so to the sender.'),
  via: orNull(ip()).describe('The gateway. Default: none, the destinations are on the link.'),
  interface: orNull(interfaceName()).describe('The interface. Default: the kernel finds it by the gateway.'),
  source: orNull(ip()).describe(
    'The address of this host that packets go out with, such as a virtual one. Default: the kernel’s choice.',
  ),
  metric: orNull(whole(0, U32)).describe(
    'Of routes to the same network the one with the lowest counts. Beside another program’s route with the same metric ours goes first (IPv4), or shares its traffic (IPv6). Default: the kernel’s, 0 for IPv4, 1024 for IPv6.',
  ),
  table: table().prefault(MAIN).describe('The table it stands in; 254 is main.'),
  scope: orNull(oneOf(['global', 'site', 'link', 'host'])).describe(
    'IPv4 only. Default: link where there is no gateway, else global.',
  ),
  onlink: flag().prefault(false).describe('The gateway is on the link although no address says so.'),
  mtu: orNull(whole(68, 65_535)).describe('The largest packet that goes this way. Default: the interface’s.'),
  nexthops: listOf(nexthop, 'mappings with via, interface, weight')
    .max(32, { error: says('32 ways at most') })
    .prefault([])
    .describe('Several ways that share the traffic, instead of via and interface.'),
  family: family.describe('4 or 6, where nothing else says it: `to: default` without an address.'),
})
  .superRefine((given, context) => {
    const say = (message: string, ...path: (string | number)[]) => context.addIssue({ code: 'custom', message, path });
    const several = given.nexthops.length > 0;
    const beside = several ? 'beside nexthops' : `beside type ${given.type}`;
    if (several || given.type !== 'unicast') {
      for (const key of ['via', 'interface'] as const) {
        if (given[key] !== null) say(`found ${given[key]} ${beside}; allowed: one of both`, key);
      }
      if (given.onlink) say(`found true ${beside}; allowed: false`, 'onlink');
    }
    if (given.type !== 'unicast' && several) say(`found ways beside type ${given.type}; allowed: none`, 'nexthops');
    if (given.type === 'unicast' && !several && given.via === null && given.interface === null) {
      say(
        'found neither via nor interface nor nexthops; allowed: one of these, or type blackhole, unreachable, prohibit',
      );
    }
    if (given.onlink && (given.via === null || given.interface === null) && !several) {
      say('found true without via or interface; allowed: true with both', 'onlink');
    }
    if (given.via !== null && isIpv6(given.via) && isLinkLocal(given.via) && given.interface === null) {
      say('missing; allowed: an interface name, because a link-local gateway is on any link', 'interface');
    }
    const of = familyOfRoute(given);
    if (of === null) say('missing; allowed: 4 or 6, because nothing else here says which default is meant', 'family');
    else {
      if (of === 6 && given.scope !== null) say(`found ${given.scope}, but IPv6 routes have none`, 'scope');
      if (of === 6 && given.mtu !== null && given.mtu < 1280) {
        say(`found ${given.mtu}; allowed: 1280 at least, IPv6’s smallest`, 'mtu');
      }
      for (const [path, address] of addressesOf(given)) {
        if (familyOf(address) !== of) say(`found ${address}; allowed: an IPv${of} address`, ...path);
      }
    }
  })
  .transform(({ to, family: _, ...given }) => {
    const of = familyOfRoute({ to, family: _, ...given }) ?? 4;
    return { kind: 'route' as const, ...given, family: of, to: to === 'default' ? everything(of) : to };
  });

interface Given {
  readonly to: 'default' | Cidr;
  readonly via: Ip | null;
  readonly source: Ip | null;
  readonly nexthops: readonly { readonly via: Ip | null }[];
  readonly family: Family | null;
}

function familyOfRoute(given: Given): Family | null {
  const [first] = addressesOf(given);
  return given.family ?? (first === undefined ? null : familyOf(first[1]));
}

function addressesOf({ to, via, source, nexthops }: Given): [(string | number)[], Ip][] {
  const found: [(string | number)[], Ip][] = [];
  if (to !== 'default') found.push([['to'], to.address]);
  if (via !== null) found.push([['via'], via]);
  if (source !== null) found.push([['source'], source]);
  for (const [i, hop] of nexthops.entries()) if (hop.via !== null) found.push([['nexthops', i, 'via'], hop.via]);
  return found;
}

const everything = (of: Family): Cidr => parseCidr(of === 4 ? '0.0.0.0/0' : '::/0') as Cidr;

const rule = mapping({
  from: orNull(network()).describe('Packets from this network. Default: from everywhere.'),
  to: orNull(network()).describe('Packets to this network. Default: to everywhere.'),
  table: table().describe('The table that decides about them.'),
  priority: whole(1, U32).describe('Rules are asked in this order; the kernel’s own for main has 32766.'),
  fwmark: orNull(whole(0, U32)).describe('Packets with this firewall mark. Default: whatever the mark.'),
  mask: orNull(whole(0, U32)).describe('The mark’s bits that are compared. Default: all.'),
  iif: orNull(interfaceName()).describe('Packets that come in by this interface. Default: by any.'),
  oif: orNull(interfaceName()).describe('Packets that a program bound to this interface. Default: any.'),
  not: flag().prefault(false).describe('Packets that do not match.'),
  family: family.describe('4 or 6. Default: that of from and to, else 4.'),
})
  .superRefine((given, context) => {
    const of = given.family ?? familyOf((given.from ?? given.to ?? everything(4)).address);
    for (const key of ['from', 'to'] as const) {
      const net = given[key];
      if (net === null || isIpv6(net.address) === (of === 6)) continue;
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `found ${net.address}/${net.prefix}; allowed: an IPv${of} network`,
      });
    }
    if (given.mask === null || given.fwmark !== null) return;
    context.addIssue({ code: 'custom', path: ['mask'], message: `found ${given.mask} without fwmark; allowed: both` });
  })
  .transform((given) => ({
    kind: 'rule' as const,
    ...given,
    family: given.family ?? familyOf((given.from ?? given.to ?? everything(4)).address),
  }));

const few = (what: string) => ({
  error: (issue: { readonly input?: unknown }) =>
    `found ${(issue.input as unknown[]).length} ${what}; allowed: ${AT_MOST} at most`,
});

/** `routes:` of an instance. */
export const virtualRoutes = listOf(route, 'routes such as { to: default, via: 10.0.0.1 }')
  .max(AT_MOST, few('routes'))
  .prefault([])
  .describe(
    'Routes that stand while this instance is master, laid after its addresses and taken away before them. One that the kernel refuses is told in status and tried again; it is no fault.',
  );

/** `rules:` of an instance. */
export const virtualRules = listOf(rule, 'rules such as { from: 10.0.0.0/24, table: 100, priority: 1000 }')
  .max(AT_MOST, few('rules'))
  .prefault([])
  .describe('Rules that stand while this instance is master, laid after its routes and taken away before them.');

import { z } from 'zod';
import { type Cidr, type Family, familyOf, parseCidr } from '../values/ip.js';
import { flag, listOf, mapping, matching, orNull, whole } from './fields.js';
import { says } from './found.js';
import { network } from './ip-scalars.js';
import { absolutePath, duration, interfaceName, name } from './scalars.js';

/** The most that a weight can be: priorities are 1 to 254. */
const MOST = 253;

/** `weight` of what is up or down. */
export const weight = () =>
  whole(-MOST, MOST)
    .prefault(0)
    .describe(
      'What its verdict does to the priority: 0 puts the instance into fault while it is bad; a negative weight is added while it is bad, a positive one while it is good.',
    );

/** `reverse` of what is up or down. */
export const reverse = () => flag().prefault(false).describe('The other way round: it is good while it is down.');

/** How long a change must last before it counts. */
export const delay = (which: 'up' | 'down') =>
  duration('0s', '1h')
    .prefault('0s')
    .describe(
      `It must be ${which} for so long before that counts. What is found at the start counts at once, as does 0s.`,
    );

const itsName = () => name().describe('Its name, by which instances refer to it.');

const trackProcess = mapping({
  name: itsName(),
  process: matching(
    /^(\/[^\0\r\n]{1,4094}|[^\0\r\n/]{1,255})$/,
    'the name of a process such as haproxy, or the absolute path of its program',
  )
    .meta({ examples: ['haproxy', '/usr/sbin/haproxy'] })
    .describe(
      'The name of a process, as `killall` takes it, or the absolute path of the program that it runs. Where the daemon may not see that (another user’s process, without root), its first argument is compared with the path. Threads are no processes, and a zombie does not count.',
    ),
  quorum: whole(1, 65_535).prefault(1).describe('So many of them must run.'),
  up_delay: delay('up'),
  down_delay: delay('down'),
  weight: weight(),
  reverse: reverse(),
});

/** One more than for the others, so that a file can also force a fault: below -253 it is one. */
const MOST_OF_FILE = 254;

const trackFile = mapping({
  name: itsName(),
  path: absolutePath().describe(
    'A file with a whole number in it, negative ones too. It is read when it changes; one that is not there counts as 0, as does one without a number, which status tells. Not below /tmp: the service has one of its own.',
  ),
  weight: whole(-MOST_OF_FILE, MOST_OF_FILE)
    .prefault(1)
    .describe(
      'What the number is multiplied by before it is added to the priority; a result below -253 is a fault. 0: any other number than 0 is a fault.',
    ),
  reverse: flag().prefault(false).describe('The number with the other sign; with weight 0, the number 0 is a fault.'),
});

const trackService = mapping({
  name: itsName(),
  service: name().describe(
    'The name of a service under `ipvs.services`. It is up while it has its quorum, by default while a server of it is up and takes new connections.',
  ),
  weight: weight(),
  reverse: reverse(),
});

const trackRoute = mapping({
  name: itsName(),
  to: z
    .union([z.literal('default'), network()], {
      error: says('default, or a network such as 10.1.0.0/16 or 2001:db8:1::/48'),
    })
    .describe('Where it leads: `default`, or exactly this network.'),
  family: orNull(z.literal(['ipv4', 'ipv6', 4, 6], { error: says('ipv4, ipv6') })).describe(
    'For `to: default`: ipv4 or ipv6 (4 and 6 as well). Default: that of the network, else ipv4.',
  ),
  interface: orNull(interfaceName()).describe('It must lead out by this interface. Default: by any.'),
  table: whole(1, 0xffff_ffff).prefault(254).describe('The routing table; 254 is main.'),
  weight: weight(),
  reverse: reverse(),
})
  .superRefine(({ to, family }, context) => {
    if (to === 'default' || family === null || numberOf(family) === familyOf(to.address)) return;
    const message = `found ${family} beside an IPv${familyOf(to.address)} network; allowed: ipv${familyOf(to.address)}, or no family`;
    context.addIssue({ code: 'custom', path: ['family'], message });
  })
  .transform(({ to, family, ...rest }) => {
    const of = to === 'default' ? numberOf(family ?? 'ipv4') : familyOf(to.address);
    return { ...rest, to: to === 'default' ? everything(of) : to, family: of };
  });

const numberOf = (family: 'ipv4' | 'ipv6' | 4 | 6): Family => (family === 'ipv6' || family === 6 ? 6 : 4);
const everything = (of: Family): Cidr => parseCidr(of === 4 ? '0.0.0.0/0' : '::/0') as Cidr;

const trackQuorum = mapping({
  name: itsName(),
  of: listOf(name(), 'names of track scripts')
    .min(1, { error: 'found an empty list; allowed: names of track scripts' })
    .describe('Names of scripts under `track.scripts`.'),
  need: whole(1, 65_535).describe('So many of them must be good.'),
  weight: weight(),
  reverse: reverse(),
}).superRefine(({ of, need }, context) => {
  if (need <= of.length) return;
  const message = `found ${need}, more than the ${of.length} of the list: it could never be good; allowed: 1 to ${of.length}`;
  context.addIssue({ code: 'custom', path: ['need'], message });
});

/** What stands beside `scripts` under `track:`. */
export const trackKinds = {
  processes: listOf(trackProcess, 'mappings such as { name: haproxy, process: haproxy }')
    .prefault([])
    .describe(
      'Processes that must run. The kernel tells when one starts or ends; where it does not (in another network or process namespace), ends are told and starts are looked for each second.',
    ),
  files: listOf(trackFile, 'mappings such as { name: load, path: /run/load }')
    .prefault([])
    .describe('Files whose number is added to the priority.'),
  services: listOf(trackService, 'mappings such as { name: web, service: web }')
    .prefault([])
    .describe('Services of `ipvs` that must have a server that is up.'),
  routes: listOf(trackRoute, 'mappings such as { name: uplink, to: default }')
    .prefault([])
    .describe('Routes that must be there. One whose interface is down or has no carrier counts as none.'),
  quorums: listOf(trackQuorum, 'mappings such as { name: two, of: [a, b, c], need: 2 }')
    .prefault([])
    .describe('Verdicts of several scripts together.'),
};

import { z } from 'zod';
import { parseEndpoint } from '../values/endpoint.js';
import { isIpv6, parseIp } from '../values/ip.js';
import { isLinkLocal } from '../values/ipv6.js';
import type { ServerKey } from '../values/service-key.js';
import { flag, listOf, mapping, matching, oneOf, orNull, parsed, type Wrong, whole, wrong } from './fields.js';
import { says } from './found.js';
import { notEndpoint, notHost, notHost6, wholeSeconds } from './scalars.js';

/** A signed number of the kernel: what it and ipvsadm take. */
const MAX_INT = 2_147_483_647;

/** How packets reach a server. */
export const forward = () => oneOf(['dr', 'masq', 'tunnel']);

/** How a tunnel wraps packets. */
export const tunnel = mapping({
  type: oneOf(['ipip', 'gue', 'gre'])
    .prefault('ipip')
    .describe('ipip (a packet in a packet), gue (in UDP) or gre. gue and gre need Linux 5.3.'),
  port: orNull(whole(1, 65_535)).describe('The UDP port where the servers take gue; of gue only, and needed there.'),
  checksum: oneOf(['none', 'csum', 'remcsum'])
    .prefault('none')
    .describe('none, csum (of gue and gre) or remcsum (of gue: the server fills it in).'),
});

/** A real server’s address; without a port, 0. */
export const serverAddress = () =>
  parsed(
    'ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
    (text): ServerKey | Wrong => {
      const bare = parseIp(/^\[.*:.*\]$/.test(text) ? text.slice(1, -1) : text);
      const value = bare === null ? parseEndpoint(text) : { address: bare, port: 0 };
      if (value === null) return notEndpoint(text);
      // ip_vs_new_dest refuses a link-local one: an address there has no zone.
      const why = isIpv6(value.address)
        ? (notHost6(value.address) ?? (isLinkLocal(value.address) ? 'is a link-local address' : null))
        : notHost(value.address);
      return why === null ? value : wrong(why);
    },
    { examples: ['172.28.128.110:80'] },
  );

/** Limits of a server’s connections. */
export const thresholds = {
  upper_threshold: whole(0, MAX_INT).prefault(0).describe('With so many connections it takes no more; 0 is no limit.'),
  lower_threshold: whole(0, MAX_INT)
    .prefault(0)
    .describe('Until there are fewer than so many again; 0 is three quarters of upper_threshold.'),
};

/** The scheduler and what belongs to it. */
export const scheduling = {
  scheduler: matching(/^[a-z0-9_-]{1,15}$/, 'a scheduler name of 1 to 15 lower case characters, such as rr, wrr, wlc')
    .prefault('wlc')
    .describe(
      'The kernel’s scheduler: rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos or any other that it has.',
    ),
  scheduler_flags: listOf(oneOf(['fallback', 'port']), 'fallback and port')
    .prefault([])
    .describe(
      'Of sh and mh. fallback: another server instead of one that is overloaded or has weight 0; port: the client’s port counts as well.',
    ),
  one_packet: flag().prefault(false).describe('Each packet is scheduled by itself, without a connection; udp only.'),
};

/** So many leading bits of an address, of each family; null is the whole address. */
export interface Granularity {
  readonly ipv4: number | null;
  readonly ipv6: number | null;
}

const GRANULARITY = 'a prefix length such as 24, or one for each family such as { ipv4: 24, ipv6: 64 }';

const granularity = z.union(
  [
    whole(1, 128).transform((bits): Granularity => ({ ipv4: bits, ipv6: bits })),
    mapping({
      ipv4: orNull(whole(1, 32)).describe('Of IPv4 clients.'),
      ipv6: orNull(whole(1, 128)).describe('Of IPv6 clients.'),
    }),
  ],
  { error: says(GRANULARITY) },
);

/** How long a client keeps its server, and who counts as one client. */
export const persistence = {
  persistence: wholeSeconds(0, 2_678_400, 'the kernel counts persistence in whole seconds')
    .prefault('0s')
    .describe('How long a client keeps its server; 0s is not at all.'),
  persistence_granularity: orNull(granularity).describe(
    'Clients whose addresses have so many bits in common count as one: a number, or { ipv4: 24, ipv6: 64 }. Default: whole addresses.',
  ),
  persistence_engine: orNull(
    matching(/^[a-z0-9_]{1,15}$/, 'the name of a persistence engine of the kernel, such as sip'),
  ).describe('What makes a client the same besides its address: sip (the Call-ID; udp only).'),
};

const timeout = () => orNull(wholeSeconds(1, 2_147_483, 'the kernel counts these in whole seconds'));

/** How long the kernel remembers a connection without packets. */
export const timeouts = mapping({
  tcp: timeout().describe('Of an established TCP connection. The kernel’s own: 15m.'),
  tcp_fin: timeout().describe('Of a TCP connection after a FIN. The kernel’s own: 2m.'),
  udp: timeout().describe('Of UDP. The kernel’s own: 5m.'),
});

/** A tunnel of which nothing is said. */
export const PLAIN_TUNNEL: z.output<typeof tunnel> = Object.freeze({ type: 'ipip', port: null, checksum: 'none' });

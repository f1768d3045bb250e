import { z } from 'zod';
import type { Ip } from '../values/ip.js';
import { flag, listOf, mapping, orNull, whole } from './fields.js';
import { says } from './found.js';
import { ip } from './ip-scalars.js';

/** The most peers; more would want multicast. */
const PEERS_AT_MOST = 64;

/** Another router of the instance. */
export interface PeerConfig {
  readonly address: Ip;
  readonly min_ttl: number;
  readonly max_ttl: number;
}

const plain = ip().transform((address): PeerConfig => ({ address, min_ttl: 1, max_ttl: 255 }));

const long = mapping({
  address: ip().describe('Its address.'),
  min_ttl: whole(1, 255)
    .prefault(1)
    .describe('Its adverts are dropped below this received TTL or hop limit: 255 says that it is on the same link.'),
  max_ttl: whole(1, 255).prefault(255).describe('Its adverts are dropped above this received TTL or hop limit.'),
});

const ELEMENT = 'an address such as 10.0.0.2, or a mapping with address, min_ttl, max_ttl';

const peers = listOf(z.union([plain, long], { error: says(ELEMENT) }), 'addresses such as 10.0.0.2')
  .min(1, { error: `found an empty list; allowed: 1 to ${PEERS_AT_MOST} peers` })
  .max(PEERS_AT_MOST, {
    error: (issue) => `found ${(issue.input as unknown[]).length} peers; allowed: 1 to ${PEERS_AT_MOST}`,
  });

/** `unicast` of an instance. */
export const unicast = orNull(
  mapping({
    source: orNull(ip()).describe(
      'The address of the instance’s interface that adverts are sent from. Default: its primary one; for IPv6 a link-local one where all peers are link-local, else another.',
    ),
    peers: peers.describe(
      'All other routers of the instance. Each gets a copy of every advert, and adverts of nobody else are taken. A peer may be behind routers, by the routes of the instance’s interface.',
    ),
    ttl: whole(1, 255).prefault(255).describe('TTL or hop limit of the adverts sent.'),
    any_source: flag()
      .prefault(false)
      .describe(
        'Take adverts of others than the peers as well. Anybody who can reach this host can then take its place.',
      ),
  }),
).describe(
  'Adverts to these routers instead of the multicast group, for networks without multicast. All routers of the instance need it. The RFCs’ rule that only TTL 255 is taken is for multicast: here it is what min_ttl and max_ttl say. Default: multicast.',
);

/** `source` of an instance. */
export const source = orNull(ip()).describe(
  'The address of the interface that adverts are sent from; the instance is in fault while it is not there. Default: the interface’s primary one, for IPv6 its link-local one.',
);

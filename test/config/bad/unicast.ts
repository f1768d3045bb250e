import { type BadFile, instance } from './row.js';

const PEERS = 'vrrp.instances[0].unicast.peers';

/** A sound IPv6 instance, with further keys from line 8 on. */
const six = (...lines: string[]): string =>
  instance('version: 3', ...lines).replace('172.28.128.200/24', 'fe80::200/64, 2001:db8::200/64');

export const rows: readonly BadFile[] = [
  [
    'unicast without peers',
    instance('unicast: { ttl: 64 }'),
    `7:16: ${PEERS}: missing; allowed: a list of addresses such as 10.0.0.2`,
  ],
  ['no peer', instance('unicast: { peers: [] }'), `7:25: ${PEERS}: found an empty list; allowed: 1 to 64 peers`],
  [
    'too many peers',
    instance(`unicast: { peers: [${Array.from({ length: 65 }, (_, i) => `10.0.0.${i + 1}`).join(', ')}] }`),
    `7:25: ${PEERS}: found 65 peers; allowed: 1 to 64`,
  ],
  [
    'a peer that is no address',
    instance('unicast: { peers: [router2] }'),
    `7:26: ${PEERS}[0]: found "router2"; allowed: an address such as 10.0.0.1 or 2001:db8::1`,
  ],
  [
    'a peer that is a number',
    instance('unicast: { peers: [2] }'),
    `7:26: ${PEERS}[0]: found 2; allowed: an address such as 10.0.0.2, or a mapping with address, min_ttl, max_ttl`,
  ],
  [
    'a peer that is a group',
    instance('unicast: { peers: [224.0.0.18] }'),
    `7:26: ${PEERS}[0]: found "224.0.0.18", which is a multicast address; allowed: an address such as 10.0.0.1 or 2001:db8::1`,
  ],
  [
    'a peer on the loopback',
    instance('unicast: { peers: [127.0.0.2] }'),
    `7:26: ${PEERS}[0]: found 127.0.0.2, which is a loopback address; allowed: an address of another host`,
  ],
  [
    'a peer of the other family, and one that is named twice',
    instance('unicast: { peers: [2001:db8::2, 10.0.0.2, 10.0.0.2] }'),
    `7:26: ${PEERS}[0]: found 2001:db8::2, but adverts of 172.28.128.200/24 go over IPv4; allowed: IPv4 addresses`,
    `7:49: ${PEERS}[2]: found 10.0.0.2, a second time; allowed: each peer once`,
  ],
  [
    'peers that are ourselves',
    instance('unicast: { source: 10.0.0.1, peers: [10.0.0.1, 172.28.128.200] }'),
    `7:44: ${PEERS}[0]: found 10.0.0.1, which is our own source; allowed: addresses of the other routers`,
    `7:54: ${PEERS}[1]: found 172.28.128.200, which is virtual (vrrp.instances[0].virtual_addresses[0]); allowed: addresses of the other routers' own`,
  ],
  [
    'bounds of TTL that are none',
    instance(
      'unicast: { peers: [{ address: 10.0.0.2, min_ttl: 0 }, { address: 10.0.0.3, min_ttl: 255, max_ttl: 1 }], ttl: 256 }',
    ),
    `7:56: ${PEERS}[0].min_ttl: found 0; allowed: a whole number from 1 to 255`,
    '7:116: vrrp.instances[0].unicast.ttl: found 256; allowed: a whole number from 1 to 255',
  ],
  [
    'bounds of TTL the wrong way round',
    instance('unicast: { peers: [{ address: 10.0.0.3, min_ttl: 255, max_ttl: 1 }] }'),
    `7:56: ${PEERS}[0].min_ttl: found 255, above max_ttl 1: nothing would be taken; allowed: 1 to 1`,
  ],
  [
    'a source that is virtual',
    instance('source: 172.28.128.200'),
    "7:15: vrrp.instances[0].source: found 172.28.128.200, which is virtual (vrrp.instances[0].virtual_addresses[0]) and moves away; allowed: an address of eth1's own",
  ],
  [
    'a source of the other family, said twice',
    instance('source: fe80::1', 'unicast: { source: 10.0.0.1, peers: [10.0.0.2] }'),
    "7:15: vrrp.instances[0].source: found fe80::1, but the instance's addresses are IPv4; allowed: an IPv4 address of eth1",
    '7:15: vrrp.instances[0].source: found fe80::1 beside unicast.source 10.0.0.1; allowed: one of both keys',
  ],
  [
    'an IPv6 source that is not link-local',
    six('source: 2001:db8::60'),
    '8:15: vrrp.instances[0].source: found 2001:db8::60, but IPv6 adverts to the group come from a link-local address (RFC 9568 §5.1.2.1); allowed: one of eth1 that begins with fe80',
  ],
  [
    'the checksum without a pseudo-header over IPv6',
    six('checksum: rfc9568'),
    '8:17: vrrp.instances[0].checksum: found rfc9568, but over IPv6 the checksum always has the pseudo-header (RFC 9568 §5.2.8); allowed: pseudo_header, or no checksum',
  ],
];

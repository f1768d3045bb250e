import { type BadFile, server, service } from './row.js';

const services = (...lines: string[]): string =>
  `ipvs:\n  services:\n${lines.map((line) => `    - ${line}\n`).join('')}`;

/** What the kernel would refuse, or silently do nothing with. */
export const rows: readonly BadFile[] = [
  [
    'an address and a mark',
    service('fwmark: 5', 'servers: []'),
    '4:15: ipvs.services[0].fwmark: found address and fwmark; allowed: one of them (addresses takes all kinds)',
  ],
  [
    'a mark 0',
    services('{ fwmark: 0, servers: [] }'),
    '3:17: ipvs.services[0].fwmark: found 0; allowed: a whole number from 1 to 4294967295',
  ],
  [
    'a family without a mark',
    service('family: ipv6', 'servers: []'),
    '4:15: ipvs.services[0].family: found ipv6, but there is no fwmark: an address tells its family; allowed: no such key here',
  ],
  [
    'a protocol of a mark',
    services('{ fwmark: 5, protocol: udp, servers: [] }'),
    '3:30: ipvs.services[0].protocol: found udp with a fwmark, but packets of any protocol may have the mark; allowed: no such key here (let the packet filter mark udp alone), or an address',
  ],
  [
    'an empty group',
    services('{ addresses: [], servers: [] }'),
    '3:20: ipvs.services[0].addresses: found an empty list; allowed: a list of ADDRESS:PORT such as 172.28.128.200:80 or [2001:db8::1]:80, or ADDRESS:* for every port, or ADDRESS:FIRST-LAST such as 172.28.128.200:8000-8010',
  ],
  [
    'a range of ports that ends before it begins',
    services('{ addresses: [10.0.0.1:90-80], servers: [] }'),
    '3:21: ipvs.services[0].addresses[0]: found "10.0.0.1:90-80", which ends before it begins; allowed: ADDRESS:PORT such as 172.28.128.200:80 or [2001:db8::1]:80, or ADDRESS:* for every port, or ADDRESS:FIRST-LAST such as 172.28.128.200:8000-8010',
  ],
  [
    'a range of ports outside of a group',
    services('{ address: 10.0.0.1:80-90, servers: [] }'),
    '3:18: ipvs.services[0].address: found "10.0.0.1:80-90", which has a port that is not 1 to 65535; allowed: ADDRESS:PORT such as 172.28.128.200:80 or [2001:db8::1]:80, or ADDRESS:* for every port',
  ],
  [
    'too many ports in one group',
    services('{ addresses: [10.0.0.1:1-5000], servers: [] }'),
    '3:20: ipvs.services[0].addresses: found 5000 services for the kernel, one for each address and port; allowed: at most 4096 that share servers',
  ],
  [
    'too many ports in all groups together',
    services(...Array.from({ length: 9 }, (_, i) => `{ addresses: [10.0.0.${i + 1}:1-4096], servers: [] }`)),
    '3:5: ipvs.services: found 36864 services for the kernel with 0 servers, one for each address and port; allowed: at most 32768 with 262144',
  ],
  [
    'a group whose ports another service has',
    services('{ addresses: [10.0.0.1:80-90], servers: [] }', '{ address: 10.0.0.1:85, servers: [] }'),
    '4:18: ipvs.services[1].address: found tcp 10.0.0.1:85, which is ipvs.services[0].addresses[0] already; allowed: each service once',
  ],
  [
    'a group that names one port twice',
    services('{ addresses: [10.0.0.1:80-90, 10.0.0.1:90, { fwmark: 5 }, { fwmark: 5 }], servers: [] }'),
    '3:37: ipvs.services[0].addresses[1]: found tcp 10.0.0.1:90, which is ipvs.services[0].addresses[0] already; allowed: each service once',
    '3:65: ipvs.services[0].addresses[3]: found fwmark/5, which is ipvs.services[0].addresses[2] already; allowed: each service once',
  ],
  [
    'an unknown key of a mark in a group',
    services('{ addresses: [{ fwmark: 5, famly: ipv4 }], servers: [] }'),
    '3:34: ipvs.services[0].addresses[0].famly: unknown key, did you mean family? allowed: fwmark, family',
  ],
  [
    'flags of a scheduler that has none',
    service('scheduler: rr', 'scheduler_flags: [port, port]', 'servers: []'),
    '5:24: ipvs.services[0].scheduler_flags: found port, port, but rr has no flags; allowed: none, or scheduler: sh or mh',
    '5:24: ipvs.services[0].scheduler_flags: found port, port; allowed: each flag once',
  ],
  [
    'an unknown flag',
    service('scheduler: sh', 'scheduler_flags: [sh-port]', 'servers: []'),
    '5:25: ipvs.services[0].scheduler_flags[0]: found "sh-port"; allowed: fallback, port',
  ],
  [
    'one packet of tcp',
    service('one_packet: true', 'servers: []'),
    '4:19: ipvs.services[0].one_packet: found true, but tcp needs its connections; allowed: false, or protocol: udp',
  ],
  [
    'granularity and engine without persistence',
    service('persistence_granularity: 24', 'persistence_engine: sip', 'servers: []'),
    '4:32: ipvs.services[0].persistence_granularity: found a prefix length, but without persistence it does nothing; allowed: persistence above 0s with it',
    '5:27: ipvs.services[0].persistence_engine: found sip, but without persistence it does nothing; allowed: persistence above 0s with it',
    '5:27: ipvs.services[0].persistence_engine: found sip with protocol tcp: the kernel looks for it in UDP only; allowed: protocol: udp with it',
  ],
  [
    'a granularity that IPv4 does not have',
    service('persistence: 1m', 'persistence_granularity: 64', 'servers: []'),
    '5:32: ipvs.services[0].persistence_granularity: found 64; allowed: 1 to 32 of IPv4 addresses',
  ],
  [
    'a granularity that no family has',
    service('persistence: 1m', 'persistence_granularity: 129', 'servers: []'),
    '5:32: ipvs.services[0].persistence_granularity: found 129; allowed: a whole number from 1 to 128',
  ],
  [
    'every port without persistence',
    services('{ address: "10.0.0.1:*", servers: [] }'),
    '3:18: ipvs.services[0].address: found 10.0.0.1:*, a service of every port, which needs persistence; allowed: a port, or persistence above 0s',
  ],
  [
    'gue without a port, gre with one, checksums that a tunnel does not have',
    service(
      'forward: tunnel',
      'tunnel: { type: gue }',
      'servers:',
      '  - { address: 10.0.0.2:80, tunnel: { type: gre, port: 6080, checksum: remcsum } }',
      '  - { address: 10.0.0.3:80, tunnel: { checksum: csum } }',
    ),
    '5:15: ipvs.services[0].tunnel: found gue without a port; allowed: a port from 1 to 65535 with it, such as port: 6080',
    '7:62: ipvs.services[0].servers[0].tunnel.port: found 6080, but gre has no port; allowed: none, or type: gue',
    '7:78: ipvs.services[0].servers[0].tunnel.checksum: found remcsum; allowed with gre: none, csum',
    '8:55: ipvs.services[0].servers[1].tunnel.checksum: found csum; allowed with ipip: none',
  ],
  [
    'tunnels without forward: tunnel',
    service('tunnel: { type: gre }', 'servers: [{ address: 10.0.0.2:80, tunnel: {} }]'),
    '4:15: ipvs.services[0].tunnel: found a tunnel with forward: dr; allowed: forward: tunnel with it',
    '5:49: ipvs.services[0].servers[0].tunnel: found a tunnel with forward: dr; allowed: forward: tunnel with it',
  ],
  [
    'a lower threshold above the upper one, and one without it',
    service(
      'servers:',
      '  - { address: 10.0.0.2:80, upper_threshold: 5, lower_threshold: 6 }',
      '  - { address: 10.0.0.3:80, lower_threshold: 6 }',
    ),
    '5:72: ipvs.services[0].servers[0].lower_threshold: found 6, more than upper_threshold, 5; allowed: 0 to 5',
    '6:52: ipvs.services[0].servers[1].lower_threshold: found 6, without an upper_threshold; allowed: 0, or an upper_threshold with it',
  ],
  [
    'a server at a link-local address',
    server('{ address: "[fe80::1]:80" }'),
    '4:60: ipvs.services[0].servers[1].address: found "[fe80::1]:80", which is a link-local address; allowed: ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
  ],
  [
    'masquerade to the other family',
    server('{ address: "[2001:db8::1]:80", forward: masq }'),
    '4:60: ipvs.services[0].servers[1].address: found 2001:db8::1, which is of another family than tcp/172.28.128.200:80: forward: masq leads to the same family only; allowed: an IPv4 address, or forward: tunnel',
  ],
  [
    'direct route to another port than that of a group, and to a port of a service of every port',
    services(
      '{ addresses: [10.0.0.1:80, 10.0.0.1:443], servers: [{ address: 10.0.0.2:80 }] }',
      '{ address: "10.0.0.9:*", persistence: 1m, servers: [{ address: 10.0.0.2:80 }] }',
    ),
    "3:70: ipvs.services[0].servers[0].address: found port 80, but direct route (dr) passes packets on unchanged, so that they arrive at the service's port 443; allowed: the address without a port, or forward: masq, which rewrites the port",
    '4:70: ipvs.services[1].servers[0].address: found port 80, but direct route (dr) passes packets on unchanged, so that they arrive at the port that the client asked for (10.0.0.9:*); allowed: the address without a port, or forward: masq, which rewrites the port',
  ],
  [
    'a check that has no port to try',
    services(
      '{ fwmark: 5, check: { type: tcp }, servers: [{ address: 10.0.0.2 }, { address: "2001:db8::1", forward: tunnel }] }',
    ),
    '3:63: ipvs.services[0].servers[0].address: found "10.0.0.2", which has no port that its check could try; allowed: a port, or one in check.port',
    '3:86: ipvs.services[0].servers[1].address: found "2001:db8::1", which has no port that its check could try; allowed: a port, or one in check.port',
  ],
  [
    'a tunnel to the other family beside a sync daemon',
    `vrrp:
  instances:
    - { name: VI_1, interface: eth1, virtual_router_id: 50, virtual_addresses: [10.0.0.1/24], connection_sync: {} }
ipvs:
  services:
    - { address: 10.0.0.1:80, forward: tunnel, servers: [{ address: "[2001:db8::1]:80" }] }
`,
    '6:69: ipvs.services[0].servers[0].address: found 2001:db8::1, which is of another family than tcp/10.0.0.1:80: the kernel does not take that beside connection_sync; allowed: an IPv4 address',
  ],
  [
    'kernel timeouts of no time, and with fractions',
    'ipvs: { timeouts: { tcp: 0s, udp: 1500ms } }\n',
    '1:26: ipvs.timeouts.tcp: found "0s"; allowed: a duration of whole seconds from 1s to 2147483s',
    '1:35: ipvs.timeouts.udp: found "1500ms", which is no whole number of seconds (the kernel counts these in whole seconds); allowed: a duration of whole seconds from 1s to 2147483s',
  ],
];

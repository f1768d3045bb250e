import { type BadFile, CHECK_KINDS, check, server, service, TCP_KEYS } from './row.js';

export const rows: readonly BadFile[] = [
  [
    'a service without address and servers',
    `ipvs:
  services: [{ name: web }]
`,
    '2:14: ipvs.services[0].servers: missing; allowed: a list of servers such as { address: 172.28.128.110:80 }',
    '2:14: ipvs.services[0].address: missing; allowed: ADDRESS:PORT such as 172.28.128.200:80 or [2001:db8::1]:80, or ADDRESS:* for every port; or addresses, or fwmark',
  ],
  [
    'a service without port',
    `ipvs:
  services: [{ address: 172.28.128.200, servers: [] }]
`,
    '2:25: ipvs.services[0].address: found "172.28.128.200", which has no port; allowed: ADDRESS:PORT such as 172.28.128.200:80 or [2001:db8::1]:80, or ADDRESS:* for every port',
  ],
  [
    'a server without port',
    server('{ address: 172.28.128.120 }'),
    '4:60: ipvs.services[0].servers[1].address: found "172.28.128.120", which has no port; allowed: ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
  ],
  [
    'port 70000',
    server('{ address: 172.28.128.120:70000 }'),
    '4:60: ipvs.services[0].servers[1].address: found "172.28.128.120:70000", which has a port that is not 1 to 65535; allowed: ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
  ],
  [
    'port 0',
    server('{ address: 172.28.128.120:0 }'),
    '4:60: ipvs.services[0].servers[1].address: found "172.28.128.120:0", which has a port that is not 1 to 65535; allowed: ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
  ],
  [
    'a host name for a server',
    server('{ address: web2.example.org:80 }'),
    '4:60: ipvs.services[0].servers[1].address: found "web2.example.org:80"; allowed: ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
  ],
  [
    'an IPv6 server of an IPv4 service',
    server('{ address: "2001:db8::1" }'),
    '4:60: ipvs.services[0].servers[1].address: found 2001:db8::1, which is of another family than tcp/172.28.128.200:80: forward: dr leads to the same family only; allowed: an IPv4 address, or forward: tunnel',
  ],
  [
    'a server that is a word',
    server('172.28.128.120:80'),
    '4:49: ipvs.services[0].servers[1]: found "172.28.128.120:80"; allowed: a mapping with address, name, weight, forward, tunnel, upper_threshold, lower_threshold, check, on_failure, agent',
  ],
  [
    'two equal servers',
    server('{ address: 172.28.128.110:80, weight: 5 }'),
    '4:60: ipvs.services[0].servers[1].address: found 172.28.128.110:80, which is ipvs.services[0].servers[0] already; allowed: each server once',
  ],
  [
    'two servers with one name',
    service('servers: [{ address: 172.28.128.110:80, name: a }, { address: 172.28.128.120:80, name: a }]'),
    '4:94: ipvs.services[0].servers[1].name: found a, the name of ipvs.services[0].servers[0]; allowed: each name once in a service',
  ],
  [
    'a server name that reads like an address',
    server('{ address: 172.28.128.120:80, name: 172.28.128.110 }'),
    '4:85: ipvs.services[0].servers[1].name: found 172.28.128.110, which directorctl would take for an address; allowed: a name that is no address',
  ],
  [
    'a weight below 0',
    server('{ address: 172.28.128.120:80, weight: -1 }'),
    '4:87: ipvs.services[0].servers[1].weight: found -1; allowed: a whole number from 0 to 65535',
  ],
  [
    'direct route to another port',
    server('{ address: 172.28.128.120:8080 }'),
    "4:60: ipvs.services[0].servers[1].address: found port 8080, but direct route (dr) passes packets on unchanged, so that they arrive at the service's port 80; allowed: port 80, or forward: masq, which rewrites the port",
  ],
  [
    'a tunnel to another port',
    server('{ address: 172.28.128.120:8080, forward: tunnel }'),
    "4:60: ipvs.services[0].servers[1].address: found port 8080, but a tunnel passes packets on unchanged, so that they arrive at the service's port 80; allowed: port 80, or forward: masq, which rewrites the port",
  ],
  [
    'direct route to another port in a service that masquerades',
    server('{ address: 172.28.128.120:8080, forward: dr }', 'forward: masq'),
    "5:60: ipvs.services[0].servers[1].address: found port 8080, but direct route (dr) passes packets on unchanged, so that they arrive at the service's port 80; allowed: port 80, or forward: masq, which rewrites the port",
  ],
  [
    'two equal services',
    `ipvs:
  services:
    - address: 172.28.128.200:80
      servers: [{ address: 172.28.128.110:80 }, { address: 172.28.128.120:80 }]
    - address: 172.28.128.200:80
      servers: []
`,
    '5:16: ipvs.services[1].address: found tcp 172.28.128.200:80, which is ipvs.services[0] already; allowed: each service once',
  ],
  [
    'two services with one name',
    `ipvs:
  services:
    - address: 172.28.128.200:80
      name: web
      servers: []
    - address: 172.28.128.200:81
      name: web
      servers: []
`,
    '7:13: ipvs.services[1].name: found web, the name of ipvs.services[0]; allowed: each name once',
  ],
  [
    'an unknown forwarding',
    service('forward: nat', 'servers: []'),
    '4:16: ipvs.services[0].forward: found "nat"; allowed: dr, masq, tunnel',
  ],
  [
    'an unknown protocol',
    service('protocol: icmp', 'servers: []'),
    '4:17: ipvs.services[0].protocol: found "icmp"; allowed: tcp, udp, sctp',
  ],
  [
    'a scheduler name that is too long',
    service('scheduler: weighted-round-robin', 'servers: []'),
    '4:18: ipvs.services[0].scheduler: found "weighted-round-robin"; allowed: a scheduler name of 1 to 15 lower case characters, such as rr, wrr, wlc',
  ],
  [
    'persistence below a second',
    service('persistence: 500ms', 'servers: []'),
    '4:20: ipvs.services[0].persistence: found "500ms", which is no whole number of seconds (the kernel counts persistence in whole seconds); allowed: a duration of whole seconds from 0s to 2678400s',
  ],
  [
    'an unknown word for on_stop',
    `ipvs: { services: [], on_stop: flush, reconcile_interval: 1 }
`,
    '1:32: ipvs.on_stop: found "flush"; allowed: leave, drain, clear',
    '1:59: ipvs.reconcile_interval: found 1, which has no unit; allowed: a duration with its unit (us, ms, s, m, h) from 100ms to 60s, such as 1500ms or 2s',
  ],
  [
    'a check without type',
    check('{ port: 80 }'),
    `4:14: ipvs.services[0].check.type: missing; allowed: ${CHECK_KINDS}`,
  ],
  [
    'a check of an unknown type',
    check('{ type: gopher }'),
    `4:22: ipvs.services[0].check.type: found "gopher"; allowed: ${CHECK_KINDS}`,
  ],
  [
    'a check that is a word',
    check('tcp'),
    '4:14: ipvs.services[0].check: found "tcp"; allowed: a mapping such as { type: tcp } or { type: http, path: / }',
  ],
  [
    'a tcp check with a path',
    check('{ type: tcp, path: / }'),
    `4:27: ipvs.services[0].check.path: unknown key; allowed: ${TCP_KEYS}`,
  ],
  [
    'a check whose timeout is above its interval',
    check('{ type: tcp, interval: 1s, timeout: 3s }'),
    '4:50: ipvs.services[0].check.timeout: found 3s, more than the interval: the next try would begin before this one ends; allowed: at most 1s',
  ],
  [
    'a check without units',
    check('{ type: tcp, interval: 2, timeout: 1, retry_delay: 1 }'),
    '4:37: ipvs.services[0].check.interval: found 2, which has no unit; allowed: a duration with its unit (us, ms, s, m, h) from 10ms to 1h, such as 1500ms or 2s',
    '4:49: ipvs.services[0].check.timeout: found 1, which has no unit; allowed: a duration with its unit (us, ms, s, m, h) from 1ms to 1h, such as 1500ms or 2s',
    '4:65: ipvs.services[0].check.retry_delay: found 1, which has no unit; allowed: a duration with its unit (us, ms, s, m, h) from 0s to 1h, such as 1500ms or 2s',
  ],
  [
    'statuses that are none',
    check('{ type: http, expect_status: [99, 600, 2xx, 299-200, 200-299] }'),
    '4:44: ipvs.services[0].check.expect_status[0]: found 99; allowed: a whole number from 100 to 599',
    '4:48: ipvs.services[0].check.expect_status[1]: found 600; allowed: a whole number from 100 to 599',
    '4:53: ipvs.services[0].check.expect_status[2]: found "2xx"; allowed: a status from 100 to 599 or a range such as 200-299',
    '4:58: ipvs.services[0].check.expect_status[3]: found "299-200", which ends before it begins; allowed: a status from 100 to 599 or a range such as 200-299',
  ],
  [
    'one status without a list',
    check('{ type: http, expect_status: 200 }'),
    '4:43: ipvs.services[0].check.expect_status: found 200; allowed: a list of statuses and ranges such as [200-299, 301]',
  ],
  [
    'an empty list of statuses',
    check('{ type: http, expect_status: [] }'),
    '4:43: ipvs.services[0].check.expect_status: found an empty list; allowed: a list of statuses and ranges such as [200-299, 301]',
  ],
  [
    'a path with a space',
    check('{ type: http, path: "/a b" }'),
    '4:34: ipvs.services[0].check.path: found "/a b"; allowed: a path that begins with "/", without spaces (encode them as %20)',
  ],
  [
    'a Host header with a line break',
    check('{ type: http, host: "a\\r\\nX: y" }'),
    '4:34: ipvs.services[0].check.host: found "a\\r\\nX: y"; allowed: a host name such as example.org, or one with a port',
  ],
  [
    'a regular expression that is none',
    check('{ type: http, expect_body: "/(/" }'),
    '4:41: ipvs.services[0].check.expect_body: found "/(/", which is no regular expression; allowed: a text that the body contains, or a regular expression such as /^ok$/m',
  ],
  [
    'a regular expression with an unknown flag',
    check('{ type: http, expect_body: /ok/g }'),
    '4:41: ipvs.services[0].check.expect_body: found "/ok/g", which has a flag that is not i, m, s or u; allowed: a text that the body contains, or a regular expression such as /^ok$/m',
  ],
  [
    'a check of a server',
    server('{ address: 172.28.128.120:80, check: { type: http, fall: 0 } }'),
    '4:106: ipvs.services[0].servers[1].check.fall: found 0; allowed: a whole number from 1 to 255',
  ],
];

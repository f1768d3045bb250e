import { type BadFile, instanceWith, service } from './row.js';

const SERVERS = 'servers: [{ address: 172.28.128.110:80, weight: 2 }]';

export const rows: readonly BadFile[] = [
  [
    'a hysteresis as large as the quorum',
    service('quorum: 2', 'quorum_hysteresis: 2', SERVERS),
    '5:26: ipvs.services[0].quorum_hysteresis: found 2, not less than the quorum: it could only be lost with the last server; allowed: 0 to 1',
  ],
  [
    'a quorum of nothing',
    service('quorum: 0', SERVERS),
    '4:15: ipvs.services[0].quorum: found 0; allowed: a whole number from 1 to 2147483647',
  ],
  [
    'a sorry server that is one of the servers',
    service('sorry_server: { address: 172.28.128.110:80 }', SERVERS),
    '4:32: ipvs.services[0].sorry_server.address: found 172.28.128.110:80, which is a server of tcp/172.28.128.200:80 already; allowed: an address that is none of its servers',
  ],
  [
    'a sorry server that a direct route cannot reach',
    service('sorry_server: { address: 172.28.128.130:8080 }', SERVERS),
    "4:32: ipvs.services[0].sorry_server.address: found port 8080, but direct route (dr) passes packets on unchanged, so that they arrive at the service's port 80; allowed: port 80, or forward: masq, which rewrites the port",
  ],
  [
    'words that on_failure and start do not know',
    service('on_failure: keep', 'start: alpha', SERVERS),
    '4:19: ipvs.services[0].on_failure: found "keep"; allowed: remove, zero',
    '5:14: ipvs.services[0].start: found "alpha"; allowed: pessimistic, optimistic',
  ],
  [
    'a word that on_failure of a server does not know',
    service('servers: [{ address: 172.28.128.110:80, on_failure: inhibit }]'),
    '4:59: ipvs.services[0].servers[0].on_failure: found "inhibit"; allowed: remove, zero',
  ],
  [
    'a command for a shell',
    service('on_quorum_up: systemctl start bgp', SERVERS),
    '4:21: ipvs.services[0].on_quorum_up: found "systemctl start bgp"; allowed: a list of the absolute path and the arguments such as [/usr/local/bin/tell, up], or a mapping with command, timeout, user',
  ],
  [
    'a service of an instance that there is not',
    service('only_while_master: VI_1', SERVERS),
    '4:26: ipvs.services[0].only_while_master: found VI_1, which is no instance under vrrp.instances; allowed: none, as there are no instances',
  ],
  [
    'an address of a service that there is not',
    `${instanceWith('virtual_addresses', '[{ address: 172.28.128.200/24, while_up: wbe }]')}${service('name: web', SERVERS)}`,
    '6:67: vrrp.instances[0].virtual_addresses[0].while_up: found wbe, which ipvs.services does not have, did you mean web? allowed: web',
  ],
  [
    'an owner’s address of a service',
    `${instanceWith('virtual_addresses', '[{ address: 172.28.128.200/24, while_up: web }]')}      priority: 255\n${service('name: web', SERVERS)}`,
    '6:67: vrrp.instances[0].virtual_addresses[0].while_up: found on an instance with priority 255, whose addresses are the host’s own and never removed; allowed: priority 1 to 254',
  ],
];

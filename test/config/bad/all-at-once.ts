import type { BadFile } from './row.js';

export const rows: readonly BadFile[] = [
  [
    'errors in all parts, in the order of the file',
    `ipvs:
  services:
    - address: 172.28.128.200:80
      servers:
        - { address: 172.28.128.110 }
        - { address: 172.28.128.120:80 }
        - { address: 172.28.128.120:80 }
    - address: 172.28.128.200
      servers: []
    - address: 172.28.128.200:80
      chek: { type: tcp }
      servers: []
    - address: 172.28.128.200:80
      servers: []
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 300
      virtual_addresses: [172.28.128.200/24]
    - name: VI_2
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [172.28.128.200/24]
    - name: VI_3
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [172.28.128.201/24]
      track: { scripts: [chk] }
log: { level: loud }
`,
    '5:22: ipvs.services[0].servers[0].address: found "172.28.128.110", which has no port; allowed: ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
    '7:22: ipvs.services[0].servers[2].address: found 172.28.128.120:80, which is ipvs.services[0].servers[1] already; allowed: each server once',
    '8:16: ipvs.services[1].address: found "172.28.128.200", which has no port; allowed: ADDRESS:PORT such as 172.28.128.200:80 or [2001:db8::1]:80, or ADDRESS:* for every port',
    '11:7: ipvs.services[2].chek: unknown key, did you mean check? allowed: address, addresses, fwmark, family, name, protocol, scheduler, scheduler_flags, one_packet, forward, tunnel, persistence, persistence_granularity, persistence_engine, check, agent, quorum, quorum_hysteresis, on_quorum_up, on_quorum_down, sorry_server, on_failure, start, slow_start, only_while_master, servers',
    '13:16: ipvs.services[3].address: found tcp 172.28.128.200:80, which is ipvs.services[0] already; allowed: each service once',
    '19:26: vrrp.instances[0].virtual_router_id: found 300; allowed: a whole number from 1 to 255',
    '27:26: vrrp.instances[2].virtual_router_id: found 50, which vrrp.instances[1] has on eth1 already; allowed: each VRID once on an interface',
    '29:26: vrrp.instances[2].track.scripts[0]: found chk, which track.scripts does not declare; allowed: none, as there are no scripts',
    '30:15: log.level: found "loud"; allowed: debug, info, warn, error',
  ],
];

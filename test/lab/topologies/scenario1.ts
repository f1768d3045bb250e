import type { HostSpec, Topology } from '../topology.js';

/** The virtual address of scenario 1. */
export const vip = '172.28.128.200';

/** Answers for the virtual address, and never says so by ARP: that is the directors' part. */
const realServer = (address: string): HostSpec => ({
  eth1: `${address}/24`,
  lo: `${vip}/32`,
  sysctl: ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'],
});

const director = (address: string): HostSpec => ({ eth1: `${address}/24`, sysctl: ['net.ipv4.ip_forward=1'] });

/** The reference topology: a client, two directors, two web servers on one network. */
export const scenario1: Topology = {
  name: 'scenario1',
  hosts: {
    client: { eth1: '172.28.128.10/24' },
    d1: director('172.28.128.60'),
    d2: director('172.28.128.90'),
    r1: realServer('172.28.128.110'),
    r2: realServer('172.28.128.120'),
  },
};

/** The real servers' addresses. */
export const realServers = { r1: '172.28.128.110', r2: '172.28.128.120' } as const;

/** The operator's keepalived.conf, with the IPVS part and a track script that needs no systemd. */
export const keepalivedConf = (which: 'd1' | 'd2'): string => `
global_defs {
  router_id ${which === 'd1' ? 'Balance1' : 'Balance2'}
  script_user root
  enable_script_security
}
vrrp_script chk_keepalive {
  script "/usr/bin/pgrep -x keepalived"
  interval 2
}
vrrp_instance VI_1 {
  state ${which === 'd1' ? 'MASTER' : 'BACKUP'}
  interface eth1
  virtual_router_id 50
  priority ${which === 'd1' ? 100 : 50}
  advert_int 1
  authentication {
    auth_type PASS
    auth_pass netology
  }
  virtual_ipaddress {
    ${vip}/24 dev eth1
  }
  track_script {
    chk_keepalive
  }
}
virtual_server ${vip} 80 {
  delay_loop 2
  lb_algo rr
  lb_kind DR
  protocol TCP
${Object.values(realServers)
  .map((address) => `  real_server ${address} 80 {\n    weight 1\n    TCP_CHECK {\n      connect_timeout 1\n    }\n  }`)
  .join('\n')}
}
`;

/** The same for directord. */
export const directordConf = (which: 'd1' | 'd2'): string => `
router_id: ${which === 'd1' ? 'Balance1' : 'Balance2'}
control: { group: root }
vrrp:
  instances:
    - name: VI_1
      version: 2
      interface: eth1
      virtual_router_id: 50
      priority: ${which === 'd1' ? 100 : 50}
      advert_int: 1s
      auth: { type: pass, pass: netology }
      virtual_addresses: [${vip}/24]
ipvs:
  services:
    - name: web
      address: ${vip}:80
      protocol: tcp
      scheduler: rr
      forward: dr
      check: { type: http, path: /, expect_status: [200-299], interval: 2s, timeout: 1s, rise: 1, fall: 3 }
      servers:
${Object.values(realServers)
  .map((address) => `        - { address: ${address}:80, weight: 1 }`)
  .join('\n')}
`;

import type { HostSpec, Topology } from '../topology.js';

/** The virtual address of scenario 3. */
export const vip3 = '10.0.0.10';

/** The standby's HAProxy starts although the address is at the other host. */
const proxy = (address: string): HostSpec => ({ eth1: `${address}/24`, sysctl: ['net.ipv4.ip_nonlocal_bind=1'] });

/** Two hosts with HAProxy, two web servers behind them, a client: one network. */
export const scenario3: Topology = {
  name: 'scenario3',
  hosts: {
    client: { eth1: '10.0.0.5/24' },
    h1: proxy('10.0.0.11'),
    h2: proxy('10.0.0.12'),
    w1: { eth1: '10.0.0.21/24' },
    w2: { eth1: '10.0.0.22/24' },
  },
};

/** HAProxy on the virtual address, in front of both web servers. */
export const haproxyConf = `
global
  maxconn 200
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend web
  bind ${vip3}:80
  default_backend servers
backend servers
  balance roundrobin
  server w1 10.0.0.21:80 check inter 500ms
  server w2 10.0.0.22:80 check inter 500ms
`;

import type { HostSpec, Topology } from '../topology.js';

/** So many addresses of the client, from 172.28.128.20 on: each is a client of its own to a persistent service. */
export const CLIENTS = 40;
export const FIRST_CLIENT = '172.28.128.20';

/** What the director balances by direct route, and what by masquerade. */
export const DIRECT = '172.28.128.200';
export const MASQUERADED = '172.28.128.201';

const behindRoute = (address: string): HostSpec => ({
  eth1: `${address}/24`,
  lo: `${DIRECT}/32`,
  sysctl: ['net.ipv4.conf.all.arp_ignore=1', 'net.ipv4.conf.all.arp_announce=2'],
});

const behindNat = (address: string): HostSpec => ({ eth2: `${address}/24`, routes: ['default via 10.1.0.254'] });

/** One director between a client of many addresses, two servers on the same network, and two on another. */
export const drainLab: Topology = {
  name: 'drain',
  hosts: {
    client: {
      eth1: ['172.28.128.10/24', ...Array.from({ length: CLIENTS }, (_, i) => `172.28.128.${20 + i}/24`)],
      // Few ports, so that each of them comes again soon: that is what leads to a drained server.
      sysctl: ['net.ipv4.ip_local_port_range=20000 20199'],
    },
    d1: {
      eth1: ['172.28.128.60/24', `${DIRECT}/32`, `${MASQUERADED}/32`],
      eth2: '10.1.0.254/24',
      sysctl: ['net.ipv4.ip_forward=1'],
    },
    r1: behindRoute('172.28.128.110'),
    r2: behindRoute('172.28.128.120'),
    m1: behindNat('10.1.0.11'),
    m2: behindNat('10.1.0.12'),
  },
};

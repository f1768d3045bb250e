import type { z } from 'zod';
import { check } from './check.js';
import { agent } from './check-agent.js';
import { bindFitsServers } from './check-bind.js';
import { portsOnce } from './check-shared.js';
import { listOf, mapping, oneOf, orNull, whole } from './fields.js';
import {
  forward,
  PLAIN_TUNNEL,
  persistence,
  scheduling,
  serverAddress,
  thresholds,
  timeouts,
  tunnel,
} from './ipvs-options.js';
import { onFailure, policyKeys, stopKeys } from './ipvs-policy.js';
import {
  ALWAYS,
  boundedGroup,
  commonPort,
  defaultName,
  family,
  mark,
  oneAddress,
  virtualAddress,
  virtualAddresses,
} from './ipvs-virtual.js';
import { duration, name } from './scalars.js';
import { switches } from './switches.js';

const server = mapping({
  address: serverAddress().describe(
    'Its address and port. With dr and tunnel the port is the service’s. It may be left out where the service has several ports, every port or a mark: then packets keep their port.',
  ),
  name: orNull(name()).describe('A name for verbs and status. Default: none.'),
  weight: whole(0, 65_535).prefault(1).describe('Its share; 0 takes no new connection.'),
  forward: forward().optional().describe('Instead of the service’s.'),
  tunnel: tunnel.optional().describe('Instead of the service’s, as a whole.'),
  ...thresholds,
  check: check.optional().describe('Instead of the service’s, as a whole.'),
  on_failure: onFailure().optional().describe('Instead of the service’s.'),
  agent: agent.optional().describe('Instead of the service’s, as a whole.'),
});

/** One virtual service; its servers come out with the forwarding, the tunnel and the check that hold for each. */
export const service = mapping({
  address: orNull(virtualAddress()).describe(
    'The virtual address and port that clients connect to; `*` is every port, and needs persistence. A service has this, addresses or fwmark.',
  ),
  addresses: orNull(virtualAddresses()).describe(
    'Several of them that share the servers: addresses with a port, with ports from one to another, and marks.',
  ),
  fwmark: orNull(mark()).describe('The mark that the packet filter gives to packets, instead of an address.'),
  family: family().describe('Of a fwmark: whose packets. Default: the family of the first server.'),
  name: name()
    .optional()
    .describe('Its name in status and verbs. Default: `tcp/ADDRESS:PORT`, `fwmark/5`; of several the first.'),
  protocol: oneOf(['tcp', 'udp', 'sctp'])
    .prefault('tcp')
    .describe('The protocol of the addresses; a mark has none: not beside fwmark.'),
  ...scheduling,
  forward: forward()
    .prefault('dr')
    .describe(
      'How packets reach the servers: dr (direct route, same network, same port), masq (masquerade, answers come back through here, any port), tunnel (same port).',
    ),
  tunnel: orNull(tunnel).describe('How a tunnel wraps packets. Default: { type: ipip }.'),
  ...persistence,
  check: orNull(check).describe('How servers are checked. Without it they count as up.'),
  agent: orNull(agent).describe(
    'Each server’s own word on its share, beside its check, as HAProxy’s agent-check: one line of 75%, up, down, fail, stopped, ready, drain, maint, in any order; a reason behind #. What is not mentioned stays as it was, so only the agent takes its "down" back; an agent that does not answer changes nothing. After a restart each agent is asked within a second; until then its server stays in the table as it was found, or out of it. Default: none.',
  ),
  ...policyKeys,
  servers: listOf(server, 'servers such as { address: 172.28.128.110:80 }').describe('The real servers.'),
})
  .superRefine(oneAddress, ALWAYS)
  .superRefine(boundedGroup)
  .superRefine(bindFitsServers)
  .transform((rest) => {
    const shared = commonPort(rest) ?? 0;
    const { sorry_server: sorry } = rest;
    const withPort = portsOnce();
    return {
      ...rest,
      sorry_server: sorry === null ? null : { ...sorry, ...wayTo(sorry, rest) },
      name: rest.name ?? defaultName(rest),
      servers: rest.servers.map((each) => {
        const own = each.check ?? rest.check;
        return {
          ...each,
          ...wayTo(each, rest),
          // 0 where nothing says which: services-cross.ts refuses that.
          check: own === null ? null : withPort(own, each.address.port || shared),
          on_failure: each.on_failure ?? rest.on_failure,
          agent: each.agent ?? rest.agent,
        };
      }),
    };
  });

type Forward = z.output<ReturnType<typeof forward>>;
type Tunnel = z.output<typeof tunnel>;

/** How packets reach a server: its own way, else its service's. */
function wayTo(
  own: { readonly forward?: Forward | undefined; readonly tunnel?: Tunnel | undefined },
  service: { readonly forward: Forward; readonly tunnel: Tunnel | null },
): { forward: Forward; tunnel: Tunnel | null } {
  const way = own.forward ?? service.forward;
  return { forward: way, tunnel: own.tunnel ?? (way === 'tunnel' ? (service.tunnel ?? PLAIN_TUNNEL) : null) };
}

/** `ipvs:` */
export const ipvs = mapping({
  services: listOf(service, 'services').prefault([]).describe('The virtual services of this host.'),
  ...stopKeys,
  timeouts: timeouts
    .prefault({})
    .describe('How long the kernel remembers connections. Those that are left out are not touched.'),
  switches: switches
    .prefault({})
    .describe(
      'The kernel’s switches that a drain needs (net.ipv4.vs.NAME), set while there are services, and put back when a stop clears the table or the last service leaves the file. A number, or keep.',
    ),
  reconcile_interval: duration('100ms', '60s')
    .prefault('1s')
    .describe('How often the kernel’s table is compared with what it should be, and put right.'),
});

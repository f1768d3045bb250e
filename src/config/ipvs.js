import { formatEndpoint } from '../values/endpoint.js';
import { check } from './check.js';
import { listOf, mapping, matching, notYet, oneOf, orNull, whole } from './fields.js';
import { duration, endpoint, name, wholeSeconds } from './scalars.js';
const forward = () => oneOf(['dr', 'masq', 'tunnel']);
const server = mapping({
    address: endpoint().describe('Its address and port. With dr and tunnel the port is the service’s.'),
    name: orNull(name()).describe('A name for verbs and status. Default: none.'),
    weight: whole(0, 65_535).prefault(1).describe('Its share; 0 takes no new connection.'),
    forward: forward().optional().describe('Instead of the service’s.'),
    check: check.optional().describe('Instead of the service’s, as a whole.'),
});
/** One virtual service; its servers come out with the forwarding and the check that hold for each. */
export const service = mapping({
    address: endpoint().describe('The virtual address and port that clients connect to.'),
    name: name().optional().describe('Its name in status and verbs. Default: `tcp/ADDRESS:PORT`.'),
    protocol: oneOf(['tcp', 'udp']).prefault('tcp').describe('The protocol.'),
    scheduler: matching(/^[a-z0-9_-]{1,15}$/, 'a scheduler name of 1 to 15 lower case characters, such as rr, wrr, wlc')
        .prefault('wlc')
        .describe('The kernel’s scheduler: rr, wrr, lc, wlc, sh, mh, sed, nq or any other that it has.'),
    forward: forward()
        .prefault('dr')
        .describe('How packets reach the servers: dr (direct route, same network, same port), masq (masquerade, answers come back through here, any port), tunnel (IPIP, same port).'),
    persistence: wholeSeconds(0, 2_678_400, 'the kernel counts persistence in whole seconds')
        .prefault('0s')
        .describe('How long a client keeps its server; 0s is not at all.'),
    check: orNull(check).describe('How servers are checked. Without it they count as up.'),
    sorry_server: notYet('sorry_server'),
    servers: listOf(server, 'servers such as { address: 172.28.128.110:80 }').describe('The real servers.'),
}).transform(({ sorry_server: _, ...rest }) => ({
    ...rest,
    name: rest.name ?? `${rest.protocol}/${formatEndpoint(rest.address)}`,
    servers: rest.servers.map((each) => {
        const own = each.check ?? rest.check;
        return {
            ...each,
            forward: each.forward ?? rest.forward,
            check: own === null ? null : { ...own, port: own.port ?? each.address.port },
        };
    }),
}));
/** `ipvs:` */
export const ipvs = mapping({
    services: listOf(service, 'services').prefault([]).describe('The virtual services of this host.'),
    on_stop: oneOf(['leave', 'clear'])
        .prefault('leave')
        .describe('What a stop does with the kernel’s table: leave it, so that connections go on over a restart, or clear the services of this file.'),
    reconcile_interval: duration('100ms', '60s')
        .prefault('1s')
        .describe('How often the kernel’s table is compared with what it should be, and put right.'),
});

/** What is allowed, but probably not meant. */
export function warnings({ track, vrrp, ipvs }) {
    const used = new Set(vrrp.instances.flatMap((instance) => instance.track.scripts));
    return [
        ...track.scripts.flatMap((script, i) => used.has(script.name)
            ? []
            : [{ path: ['track', 'scripts', i], message: `no instance tracks ${script.name}: it is not run` }]),
        ...ipvs.services.flatMap((service, i) => {
            const path = ['ipvs', 'services', i, 'servers'];
            if (service.servers.length === 0)
                return [{ path, message: `${service.name} has no server: nobody is served` }];
            if (service.servers.every((server) => server.weight === 0)) {
                return [{ path, message: `all servers of ${service.name} have weight 0: no new connection is taken` }];
            }
            return [];
        }),
    ];
}

import { formatEndpoint, parseEndpoint } from '../values/endpoint.js';
import { familyOf, parseIp } from '../values/ip.js';
import { familyOfService, type ServiceKey, serviceId } from '../values/service-key.js';
import type { Distinct, Repeated } from './distinct.js';
import { formatSet, keysOf, keysOfSet, setsOf, sizeOf } from './ipvs-virtual.js';
import type { Finding, Path } from './problem.js';
import type { RawConfig } from './schema.js';
import { optionFindings } from './services-options.js';

type Service = RawConfig['ipvs']['services'][number];
type Server = Service['servers'][number];

/** So many services a file may make in the kernel, and so many destinations. */
export const MAX_SERVICES = 32_768;
export const MAX_ROWS = 262_144;

const pathOf = (i: number): Path => ['ipvs', 'services', i];

/** What is wrong between and within the services of a file. `placed` gives a path as in the file. */
export function serviceFindings(
  { ipvs, vrrp }: RawConfig,
  distinct: Repeated,
  placed: (path: Path) => string,
): Finding[] {
  const list = ipvs.services;
  const many = tooMany(list);
  if (many !== null) return [many];
  const synced = vrrp.instances.some((instance) => instance.connection_sync !== null);
  return [
    ...sameKeys(list, placed),
    ...distinct({
      list,
      keyOf: (s) => s.name,
      pathOf,
      at: 'name',
      say: (s, first) => `found ${s.name}, the name of ${first}; allowed: each name once`,
      except: (s, first) => idsOf(first).some((id) => idsOf(s).includes(id)),
    }),
    ...list.flatMap((service, i) => {
      return [...optionFindings(service, pathOf(i)), ...servers(service, [...pathOf(i), 'servers'], distinct, synced)];
    }),
  ];
}

const idsOf = (service: Service): string[] => keysOf(service).map(serviceId);

function tooMany(list: readonly Service[]): Finding | null {
  let services = 0;
  let rows = 0;
  for (const service of list) {
    const size = setsOf(service).reduce((sum, { set }) => sum + sizeOf(set), 0);
    services += size;
    rows += size * service.servers.length;
  }
  if (services <= MAX_SERVICES && rows <= MAX_ROWS) return null;
  const message = `found ${services} services for the kernel with ${rows} servers, one for each address and port; allowed: at most ${MAX_SERVICES} with ${MAX_ROWS}`;
  return { path: ['ipvs', 'services'], message };
}

/** One service of the kernel belongs to one service of the file, and stands there once. */
function sameKeys(list: readonly Service[], placed: (path: Path) => string): Finding[] {
  const firsts = new Map<string, { readonly service: number; readonly path: Path }>();
  return list.flatMap((service, i) =>
    setsOf(service).flatMap(({ set, path: below }): Finding[] => {
      const path = [...pathOf(i), ...below];
      let clash: {
        readonly key: ServiceKey;
        readonly first: { readonly service: number; readonly path: Path };
      } | null = null;
      for (const key of keysOfSet(service, set)) {
        const id = serviceId(key);
        const first = firsts.get(id);
        if (first === undefined) firsts.set(id, { service: i, path });
        else clash ??= { key, first };
      }
      if (clash === null) return [];
      const { key, first } = clash;
      const what = 'mark' in key ? serviceId(key) : `${key.protocol} ${formatEndpoint(key)}`;
      const where = placed(first.service === i || first.path.length > 4 ? first.path : pathOf(first.service));
      return [{ path, message: `found ${what}, which is ${where} already; allowed: each service once` }];
    }),
  );
}

function servers(service: Service, above: Path, distinct: Repeated, synced: boolean): Finding[] {
  const list = service.servers;
  const common: Pick<Distinct<Server>, 'list' | 'pathOf'> = { list, pathOf: (j) => [...above, j] };
  return [
    ...distinct({
      ...common,
      keyOf: (s) => formatEndpoint(s.address),
      at: 'address',
      say: (s, first) => `found ${formatServer(s)}, which is ${first} already; allowed: each server once`,
    }),
    ...distinct({
      ...common,
      keyOf: (s) => s.name,
      at: 'name',
      say: (s, first) => `found ${s.name}, the name of ${first}; allowed: each name once in a service`,
    }),
    ...list.flatMap((server, j) => {
      const path = [...above, j];
      const { name } = server;
      const found: Finding[] = [];
      if (name !== null && (parseIp(name) !== null || parseEndpoint(name) !== null)) {
        const message = `found ${name}, which directorctl would take for an address; allowed: a name that is no address`;
        found.push({ path: [...path, 'name'], message });
      }
      const unfit = addressFault(service, server, synced);
      if (unfit !== null) found.push({ path: [...path, 'address'], message: unfit });
      return found;
    }),
  ];
}

const formatServer = ({ address }: Server): string => (address.port === 0 ? address.address : formatEndpoint(address));

/** What decides whether a server fits its service. */
type Placed = Pick<Server, 'address' | 'forward' | 'check'>;

/** Why the address or the port of a server does not fit its service, or null. @param synced connections are synchronised. */
export function addressFault(service: Service, server: Placed, synced: boolean): string | null {
  return (
    familyFault(service, server, synced) ??
    (server.address.port === 0 ? portMissing(service, server) : portFault(service, server))
  );
}

/** Only a tunnel leads to the other family, and the sync protocol cannot tell of it (ip_vs_genl_set_cmd). */
function familyFault(service: Service, { address: { address }, forward }: Placed, synced: boolean): string | null {
  const family = familyOf(address);
  const key = keysOf(service).find((k) => familyOfService(k) !== family);
  if (key === undefined) return null;
  const other = `found ${address}, which is of another family than ${serviceId(key)}`;
  if (forward !== 'tunnel') {
    return `${other}: forward: ${forward} leads to the same family only; allowed: an IPv${familyOfService(key)} address, or forward: tunnel`;
  }
  return synced
    ? `${other}: the kernel does not take that beside connection_sync; allowed: an IPv${familyOfService(key)} address`
    : null;
}

function portMissing(service: Service, { address, check }: Placed): string | null {
  const [only, ...more] = setsOf(service);
  if (
    only !== undefined &&
    more.length === 0 &&
    !('fwmark' in only.set) &&
    sizeOf(only.set) === 1 &&
    only.set.port !== 0
  ) {
    return `found "${address.address}", which has no port; allowed: ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535`;
  }
  if (check !== null && 'port' in check && check.port === 0) {
    return `found "${address.address}", which has no port that its check could try; allowed: a port, or one in check.port`;
  }
  return null;
}

/** ip_vs_dr_xmit and ip_vs_tunnel_xmit pass the packet on as it is; only ip_vs_nat_xmit rewrites its port. */
function portFault(service: Service, { address: { port }, forward }: Placed): string | null {
  if (forward === 'masq') return null;
  const odd = setsOf(service).find(
    ({ set }) => !('fwmark' in set) && (set.port !== port || set.last !== undefined),
  )?.set;
  if (odd === undefined || 'fwmark' in odd) return null;
  const how = forward === 'dr' ? 'direct route (dr)' : 'a tunnel';
  const alone = odd.port !== 0 && odd.last === undefined;
  const where = alone ? `the service's port ${odd.port}` : `the port that the client asked for (${formatSet(odd)})`;
  const allowed = alone && setsOf(service).length === 1 ? `port ${odd.port}` : 'the address without a port';
  return (
    `found port ${port}, but ${how} passes packets on unchanged, so that they arrive at ${where}; ` +
    `allowed: ${allowed}, or forward: masq, which rewrites the port`
  );
}

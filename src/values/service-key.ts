import { formatEndpoint, parseEndpoint } from './endpoint.js';
import { type Family, familyOf, type Ip } from './ip.js';

/** The transport protocols that IPVS balances. */
export type Protocol = 'tcp' | 'udp' | 'sctp';

/** What identifies a service in the kernel. */
export type ServiceKey = AddressKey | MarkKey;

/** Protocol, address and port. */
export interface AddressKey {
  readonly protocol: Protocol;
  readonly address: Ip;
  /** 0 is every port; the kernel wants persistence with it. */
  readonly port: number;
}

/** A mark that the packet filter gives to packets of one family. */
export interface MarkKey {
  /** 1 to 2^32 − 1. */
  readonly mark: number;
  readonly family: Family;
}

/** What identifies a destination within its service. */
export interface ServerKey {
  readonly address: Ip;
  /** 0 in a service of every port, or of a mark: the port of the packet. */
  readonly port: number;
}

/** The largest mark of a packet. */
export const MAX_MARK = 0xffff_ffff;

/** `tcp/10.0.0.1:80`, `tcp/[2001:db8::1]:80`, `fwmark/5`, `fwmark6/5`: the key in maps and a service's name by default. */
export const serviceId = (k: ServiceKey): string =>
  'mark' in k ? `fwmark${k.family === 6 ? '6' : ''}/${k.mark}` : `${k.protocol}/${formatEndpoint(k)}`;

/** `10.0.0.1:80`, `[2001:db8::1]:80`. */
export const serverId = (k: ServerKey): string => formatEndpoint(k);

/** What identifies a row of the table: `tcp/10.0.0.1:80 10.0.0.11:80`. */
export const rowId = (service: ServiceKey, server: ServerKey): string => `${serviceId(service)} ${serverId(server)}`;

/** A server in one of the services that share it: without a port of its own it has that of the service. */
export const serverIn = (service: ServiceKey, server: ServerKey): ServerKey =>
  server.port !== 0 || 'mark' in service || service.port === 0 ? server : { ...server, port: service.port };

/** The family of a service's clients. */
export const familyOfService = (k: ServiceKey): Family => ('mark' in k ? k.family : familyOf(k.address));

/** Reads what {@link serviceId} writes, and nothing else. @returns null when it is none. */
export function parseServiceId(text: string): ServiceKey | null {
  const key = looseServiceId(text);
  return key !== null && serviceId(key) === text ? key : null;
}

/** Reads what {@link serverId} writes, and nothing else. @returns null when it is none. */
export function parseServerId(text: string): ServerKey | null {
  const key = endpointOrAnyPort(text);
  return key !== null && serverId(key) === text ? key : null;
}

/** Reads what {@link rowId} writes, and nothing else. @returns null when it is none. */
export function parseRowId(text: string): { readonly service: ServiceKey; readonly server: ServerKey } | null {
  const space = text.indexOf(' ');
  const service = space < 0 ? null : parseServiceId(text.slice(0, space));
  const server = space < 0 ? null : parseServerId(text.slice(space + 1));
  return service === null || server === null ? null : { service, server };
}

function looseServiceId(text: string): ServiceKey | null {
  const [, kind = '', rest = ''] = /^(tcp|udp|sctp|fwmark6?)\/(\S{1,64})$/.exec(text) ?? [];
  if (kind === 'tcp' || kind === 'udp' || kind === 'sctp') {
    const endpoint = endpointOrAnyPort(rest);
    return endpoint === null ? null : { protocol: kind, ...endpoint };
  }
  const mark = /^[1-9]\d{0,9}$/.test(rest) ? Number(rest) : 0;
  return mark === 0 || mark > MAX_MARK ? null : { mark, family: kind === 'fwmark6' ? 6 : 4 };
}

/** An endpoint whose port may be 0. */
function endpointOrAnyPort(text: string): ServerKey | null {
  if (!text.endsWith(':0')) return parseEndpoint(text);
  const endpoint = parseEndpoint(`${text.slice(0, -1)}1`);
  return endpoint === null ? null : { ...endpoint, port: 0 };
}

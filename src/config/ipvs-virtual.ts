import { z } from 'zod';
import { formatEndpoint, parseEndpoint } from '../values/endpoint.js';
import { type Family, familyOf, type Ip, isIpv6 } from '../values/ip.js';
import { MAX_MARK, type MarkKey, type Protocol, type ServiceKey, serviceId } from '../values/service-key.js';
import { mapping, oneOf, orNull, parsed, type Wrong, whole, wrong } from './fields.js';
import { found } from './found.js';
import type { Path } from './problem.js';
import { notEndpoint, notHost, notHost6 } from './scalars.js';

/** One address, with one port or several. */
export interface AddressSet {
  readonly address: Ip;
  /** 0 is every port. */
  readonly port: number;
  /** The last of several ports; else there is no such key. */
  readonly last?: number;
}

/** A packet mark; without a family it is of the family of its service's first server. */
export interface MarkSet {
  readonly fwmark: number;
  readonly family: Family | null;
}

/** What one entry of a service stands for in the kernel: one service, or one a port. */
export type VirtualSet = AddressSet | MarkSet;

const ALLOWED = 'ADDRESS:PORT such as 172.28.128.200:80 or [2001:db8::1]:80, or ADDRESS:* for every port';
const ALLOWED_MANY = `${ALLOWED}, or ADDRESS:FIRST-LAST such as 172.28.128.200:8000-8010`;

/** So many services of the kernel may share servers. */
const MAX_SERVICES = 4_096;

const familyWord = () => oneOf(['ipv4', 'ipv6']);
const familyNumber = (word: 'ipv4' | 'ipv6' | null): Family | null => (word === null ? null : word === 'ipv4' ? 4 : 6);

/** `family:`, as a number. */
export const family = () => orNull(familyWord()).transform(familyNumber);

/** The virtual address of a service. */
export const virtualAddress = () =>
  parsed(ALLOWED, (text): AddressSet | Wrong => readOne(text), { examples: ['172.28.128.200:80'] });

/** One entry of a group: an address with its ports, or a mark. */
const groupEntry = z.union(
  [
    parsed(ALLOWED_MANY, readMany, { examples: ['172.28.128.200:80', '172.28.128.200:8000-8010'] }),
    mapping({
      fwmark: mark().describe('The mark that the packet filter gives to packets.'),
      family: family().describe('Of which packets. Default: the family of the first server.'),
    }),
  ],
  { error: ({ input }) => `${found(input)}; allowed: ${ALLOWED_MANY}, or a mark such as { fwmark: 5 }` },
);

/** The entries of a group. */
export const virtualAddresses = () =>
  z
    .array(groupEntry, { error: ({ input }) => `${found(input)}; allowed: a list of ${ALLOWED_MANY}` })
    .min(1, { error: `found an empty list; allowed: a list of ${ALLOWED_MANY}` });

/** A mark. */
export function mark() {
  return whole(1, MAX_MARK);
}

function readOne(text: string): AddressSet | Wrong {
  const colon = text.lastIndexOf(':');
  const any = /^(\*|0)$/.test(text.slice(colon + 1));
  const endpoint = parseEndpoint(any ? `${text.slice(0, colon)}:1` : text);
  if (endpoint === null) return notEndpoint(text);
  const why = isIpv6(endpoint.address) ? notHost6(endpoint.address) : notHost(endpoint.address);
  if (why !== null) return wrong(why);
  return any ? { ...endpoint, port: 0 } : endpoint;
}

function readMany(text: string): AddressSet | Wrong {
  const [, before = '', lastText = ''] = /^(.*:\d+)-(\d{1,6})$/.exec(text) ?? [];
  if (before === '') return readOne(text);
  const first = readOne(before);
  if ('wrong' in first) return first;
  const last = Number(lastText);
  if (first.port === 0 || last > 65_535) return wrong('has a port that is not 1 to 65535');
  if (last < first.port) return wrong('ends before it begins');
  return last === first.port ? first : { ...first, last };
}

/** What a service has of these keys. */
export interface Virtual {
  readonly protocol: Protocol;
  readonly address: AddressSet | null;
  readonly addresses: readonly VirtualSet[] | null;
  readonly fwmark: number | null;
  /** Of its mark. */
  readonly family: Family | null;
  readonly servers: readonly { readonly address: { readonly address: Ip } }[];
}

/** The entries of a service, each with its path below the service. */
export function setsOf(service: Virtual): { readonly set: VirtualSet; readonly path: Path }[] {
  const { address, addresses, fwmark } = service;
  return [
    ...(address === null ? [] : [{ set: address, path: ['address'] }]),
    ...(fwmark === null ? [] : [{ set: { fwmark, family: service.family }, path: ['fwmark'] }]),
    ...(addresses ?? []).map((set, i) => ({ set, path: ['addresses', i] })),
  ];
}

/** How many services one entry makes in the kernel. */
export const sizeOf = (set: VirtualSet): number =>
  'fwmark' in set || set.last === undefined ? 1 : set.last - set.port + 1;

/** The services that one entry makes in the kernel. */
export function keysOfSet(service: Virtual, set: VirtualSet): ServiceKey[] {
  if ('fwmark' in set) return [markKey(service, set)];
  const { address, port } = set;
  return Array.from({ length: sizeOf(set) }, (_, i) => ({ protocol: service.protocol, address, port: port + i }));
}

function markKey(service: Virtual, set: MarkSet): MarkKey {
  const [first] = service.servers;
  const family = set.family ?? (first === undefined ? 4 : familyOf(first.address.address));
  return { mark: set.fwmark, family };
}

/** The services that a service of the file is in the kernel, in the file's order. */
export const keysOf = (service: Virtual): ServiceKey[] => setsOf(service).flatMap(({ set }) => keysOfSet(service, set));

/** The port that all of them have, or null: there is none, or there are several. */
export function commonPort(service: Virtual): number | null {
  const ports = new Set(setsOf(service).map(({ set }) => ('fwmark' in set || set.last !== undefined ? 0 : set.port)));
  const [port = 0] = ports;
  return ports.size === 1 && port !== 0 ? port : null;
}

/** The name of a service that has none: the id of its first key. */
export function defaultName(service: Virtual): string {
  const [first] = setsOf(service);
  if (first === undefined) return 'nothing';
  const { set } = first;
  return serviceId('fwmark' in set ? markKey(service, set) : { protocol: service.protocol, ...set });
}

/** An entry as in a file. */
export const formatSet = (set: VirtualSet): string =>
  'fwmark' in set
    ? `fwmark ${set.fwmark}`
    : `${formatEndpoint(set)}${set.last === undefined ? '' : `-${set.last}`}`.replace(/:0$/, ':*');

/** Refuses a service that has none of the keys that say where clients connect, or several. Also where others are wrong. */
export function oneAddress(
  service: Pick<Virtual, 'address' | 'addresses' | 'fwmark'>,
  context: z.core.$RefinementCtx,
): void {
  const given = (['address', 'addresses', 'fwmark'] as const).filter((key) => service[key] !== null);
  const [, second] = given;
  if (given.length === 0) {
    context.addIssue({
      code: 'custom',
      path: ['address'],
      message: `missing; allowed: ${ALLOWED}; or addresses, or fwmark`,
    });
  } else if (second !== undefined) {
    const message = `found ${given.join(' and ')}; allowed: one of them (addresses takes all kinds)`;
    context.addIssue({ code: 'custom', path: [second], message });
  }
}

/** A refinement that runs although keys of the mapping are wrong: one that looks at no value. */
export const ALWAYS = { when: ({ value }: { readonly value: unknown }) => typeof value === 'object' && value !== null };

/** Refuses a group with too many addresses and ports. */
export function boundedGroup({ addresses }: Pick<Virtual, 'addresses'>, context: z.core.$RefinementCtx): void {
  const size = (addresses ?? []).reduce((sum, set) => sum + sizeOf(set), 0);
  if (size <= MAX_SERVICES) return;
  const message = `found ${size} services for the kernel, one for each address and port; allowed: at most ${MAX_SERVICES} that share servers`;
  context.addIssue({ code: 'custom', path: ['addresses'], message });
}

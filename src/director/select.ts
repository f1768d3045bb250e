import { distance } from '../config/nearest.js';
import type { Outcome, Refused, ServerSelector } from '../control/service.js';
import { formatEndpoint, parseEndpoint } from '../values/endpoint.js';
import { parseIp } from '../values/ip.js';
import type { ServerModel, ServiceModel } from './model.js';

/** One server within one service. */
export interface Selected {
  readonly service: ServiceModel;
  readonly server: ServerModel;
}

/** So many candidates are named in a refusal. */
const NAMED = 5;
/** The longest text that is looked at or repeated. */
const LONGEST = 128;

const refused = (code: string, message: string): Refused => ({ ok: false, code, message });

/** Finds the servers that a verb is about: by `IP` (in every service), `IP:PORT` or name, narrowed by a service's name. */
export function select(services: readonly ServiceModel[], selector: ServerSelector): Outcome<readonly Selected[]> {
  const wanted = canonical(selector.address.slice(0, LONGEST));
  if (wanted === '')
    return refused('usage', 'no server given: an address such as 10.0.0.11 or 10.0.0.11:80, or a name');
  const name = selector.service?.slice(0, LONGEST);
  const searched = name === undefined ? services : services.filter((s) => s.name === name);
  if (searched.length === 0) {
    return refused(
      'unknown-service',
      name === undefined
        ? 'there is no service in the configuration'
        : `no service ${name}; ${candidates(
            name,
            services.map((s) => s.name),
          )}`,
    );
  }
  const found = searched.flatMap((service) =>
    service.servers.filter((s) => isCalled(s, wanted)).map((server) => ({ service, server })),
  );
  if (found.length > 0) return { ok: true, value: found };
  const known = searched.flatMap((s) =>
    s.servers.flatMap((each) => [each.address, ...(each.name === null ? [] : [each.name])]),
  );
  const where = name === undefined ? 'in any service' : `in service ${name}`;
  return refused('unknown-server', `no server ${wanted} ${where}; ${candidates(wanted, known)}`);
}

const isCalled = (server: ServerModel, text: string): boolean =>
  server.address === text || server.spec.key.address === text || server.name === text;

/** An address in the form that everything here has: `FD20:0::1` and `[fd20::1]` are `fd20::1`. Another text stays. */
function canonical(text: string): string {
  const address = parseIp(/^\[.*\]$/.test(text) ? text.slice(1, -1) : text);
  if (address !== null) return address;
  const endpoint = parseEndpoint(text);
  return endpoint === null ? text : formatEndpoint(endpoint);
}

/** `there are 10.0.0.11:80, 10.0.0.12:80 and 7 more`, those nearest to what was typed first. */
function candidates(typed: string, known: readonly string[]): string {
  const unique = [...new Set(known)];
  if (unique.length === 0) return 'it has none';
  const near = unique
    .map((text) => ({ text, away: distance(typed, text) }))
    .sort((a, b) => a.away - b.away)
    .slice(0, NAMED)
    .map((c) => c.text);
  const more = unique.length > NAMED ? ` and ${unique.length - NAMED} more` : '';
  return `there ${unique.length === 1 ? 'is' : 'are'} ${near.join(', ')}${more}`;
}

import { type Known, type Quorum, quorumAfter, strengthOf } from './quorum.js';
import { policyOf, type ServerSpec, type ServiceSpec } from './spec.js';
import type { DesiredServer, DesiredService, ServiceKey, ServiceSettings } from './table.js';
import { familyOfService, rowId, serverIn } from './table.js';
import { weightOf } from './weight.js';

export type { ServerSpec, ServiceSpec } from './spec.js';
export { rowId };

/** What is known of the servers, by {@link rowId}, and of their services. What is left out is as it always was. */
export interface Observed extends Known {
  /** Rows that the kernel's table had when we came. */
  readonly adopted: ReadonlySet<string>;
  /** The weight of such a row; null where it was not there. */
  found?(row: string): number | null;
  /** How far a server is through its slow start, 0 to 1. */
  ramp?(row: string): number;
  /** Whether a service has its quorum; decided by what is known now where this is left out. */
  quorum?(spec: ServiceSpec): Quorum;
  /** Whether a service belongs into the table of this host at all; it does where this is left out. */
  wanted?(spec: ServiceSpec): boolean;
  /** The service ends: nobody takes new connections any more. */
  readonly ending?: boolean;
}

/** What is set on one of the services of a spec. */
export const settingsOf = (spec: ServiceSpec, key: ServiceKey): ServiceSettings =>
  (familyOfService(key) === 6 ? spec.settings6 : undefined) ?? spec.settings;

/** The rows that the sorry server has while it answers. */
export const sorryRows = (spec: ServiceSpec): readonly string[] => {
  const { sorry } = policyOf(spec);
  return sorry === null ? [] : spec.keys.map((key) => rowId(key, serverIn(key, sorry.key)));
};

/** Whether the sorry server answers for a service without quorum. */
export const isSorry = (spec: ServiceSpec, quorum: Quorum): boolean =>
  quorum === 'down' && policyOf(spec).sorry !== null;

const quorumIn = (spec: ServiceSpec, observed: Observed): Quorum =>
  observed.quorum?.(spec) ?? quorumAfter('open', strengthOf(spec, observed), policyOf(spec));

function weightIn(spec: ServerSpec, service: ServiceSpec, observed: Observed): number | null {
  const { row } = spec;
  return weightOf(spec, {
    health: observed.health(row),
    admin: observed.admin(row),
    override: observed.override?.(row) ?? null,
    advised: observed.advised?.(row) ?? null,
    ramp: observed.ramp?.(row) ?? 1,
    adopted: observed.adopted.has(row),
    unasked: observed.unasked?.(row) ?? false,
    found: observed.found?.(row) ?? null,
    policy: policyOf(service),
  });
}

/**
 * While the sorry server answers, those that are up but too weak to carry the service keep their rows with weight 0:
 * nobody new comes to them, and who is there may finish. (keepalived removes them, which cuts their connections.)
 */
function serversOf(spec: ServiceSpec, observed: Observed): readonly DesiredServer[] {
  const { sorry } = policyOf(spec);
  const instead = sorry !== null && isSorry(spec, quorumIn(spec, observed)) ? sorry : null;
  const servers: DesiredServer[] = [];
  for (const s of spec.servers) {
    const own = weightIn(s, spec, observed);
    if (own === null) continue;
    const weight = instead === null && observed.ending !== true ? own : 0;
    servers.push({ key: s.key, settings: weight === s.settings.weight ? s.settings : { ...s.settings, weight } });
  }
  if (instead !== null && observed.ending !== true) servers.push({ key: instead.key, settings: instead.settings });
  return servers;
}

/** A server without a port of its own has that of the service (keepalived's groups do so). */
function inService(key: ServiceKey, servers: readonly DesiredServer[]): readonly DesiredServer[] {
  if (servers.every((s) => s.key.port !== 0)) return servers;
  return servers.map((s) => ({ ...s, key: serverIn(key, s.key) }));
}

/** One service as it should be in the table; none where it does not belong there. It stays while all its servers are down. */
export function desiredService(spec: ServiceSpec, observed: Observed): readonly DesiredService[] {
  if (observed.wanted?.(spec) === false) return [];
  const servers = serversOf(spec, observed);
  return spec.keys.map((key) => ({ key, settings: settingsOf(spec, key), servers: inService(key, servers) }));
}

/** The table as it should be: configuration + health + overrides. */
export const desiredTable = (services: readonly ServiceSpec[], observed: Observed): readonly DesiredService[] =>
  services.flatMap((spec) => desiredService(spec, observed));

/** Whether so much is up (or has no check) and takes new connections that a service can be offered. */
export const isServing = (spec: ServiceSpec, known: Known): boolean =>
  quorumAfter('open', strengthOf(spec, known), policyOf(spec)) === 'up';

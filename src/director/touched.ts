import type { TouchedServer } from '../control/service.js';
import { leftOf } from '../core/ipvs/left.js';
import type { Rows } from './report.js';
import type { Selected } from './select.js';
import type { State } from './state.js';

const NOTHING = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0 };

/**
 * One row as a verb answers with it.
 * @param templatesLead persistence templates still lead clients to a drained server.
 */
export function touched(
  { service, server }: Selected,
  state: State,
  rows: Rows,
  templatesLead: boolean,
): Omit<TouchedServer, 'note'> {
  const row = rows.server(server);
  const { activeConnections, inactiveConnections, persistentConnections } = row ?? NOTHING;
  const held = { activeConnections, inactiveConnections, persistentConnections };
  return {
    service: service.name,
    address: server.address,
    admin: state.admin(server.row),
    weight: server.spec.settings.weight,
    effectiveWeight: row?.weight ?? null,
    ...held,
    weightOverride: state.override(server.row),
    left: leftOf(held, service.spec.keys, templatesLead),
  };
}

/** The same of a server that the configuration has no more. */
export const forgotten = (service: string, address: string): TouchedServer => ({
  service,
  address,
  admin: 'ready',
  weight: 0,
  effectiveWeight: null,
  ...NOTHING,
  weightOverride: null,
  left: 0,
});

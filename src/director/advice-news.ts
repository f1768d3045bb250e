import { downBy, formatAdvice } from '../core/ipvs/advice.js';
import type { Health } from '../core/status.js';
import type { Advices } from './advice.js';
import type { Checked } from './checks.js';
import type { Happening } from './events.js';
import type { ServerModel, ServiceModel } from './model.js';

/** What {@link heedAdvice} needs of the state. */
export interface Advisable {
  health(row: string): Health;
  readonly advices: Advices;
  /** The servers with this check. */
  usersOf(checked: Checked): readonly { readonly service: ServiceModel; readonly server: ServerModel }[];
  recount(services: readonly ServiceModel[]): Happening[];
}

/**
 * An agent (`by` agent), or a check, has answered with advice. A changed weight is no news, as an agent may give another
 * one every second; that a server comes up, goes down or changes its mode is.
 * @returns what happened by it, and the services whose rows may have changed.
 */
export function heedAdvice(
  state: Advisable,
  checked: Checked,
  by: 'agent' | 'check',
  wall: () => string,
): { readonly happenings: readonly Happening[]; readonly services: readonly ServiceModel[] } {
  const said = checked.last?.found?.advice;
  if (said === undefined) return { happenings: [], services: [] };
  const { advices } = state;
  const users = by === 'agent' ? advices.using(checked) : state.usersOf(checked);
  const happenings: Happening[] = [];
  const touched = new Set<ServiceModel>();
  for (const { service, server } of users) {
    const before = state.health(server.row);
    const mode = advices.mode(server.row);
    if (!advices.heed(server, by, said)) continue;
    touched.add(service);
    const name = `${service.name} ${server.address}`;
    const what = state.health(server.row);
    if (what !== before) {
      const why = advices.down(server.row)?.why ?? null;
      const reason = why === null ? 'its agent does not keep it down any more' : `its agent says ${why}`;
      happenings.push({ time: wall(), subject: 'server', name, what, reason });
    } else if (advices.mode(server.row) !== mode && downBy(said) === null) {
      happenings.push({ time: wall(), subject: by, name, what: formatAdvice(said), reason: null });
    }
  }
  const services = [...touched];
  return { happenings: [...happenings, ...state.recount(services)], services };
}

import { isSorry } from '../core/ipvs/desired.js';
import { strengthOf } from '../core/ipvs/quorum.js';
import { policyOf } from '../core/ipvs/spec.js';
import { serverId } from '../core/ipvs/table.js';
import type { ServerStatus, ServiceStatus } from '../core/status.js';
import type { ServerModel, ServiceModel } from './model.js';
import type { State } from './state.js';

/** What status tells of a service's availability besides up and down; what is not configured is left out. */
export function availability(
  { spec }: ServiceModel,
  state: State,
): Pick<ServiceStatus, 'quorum' | 'sorryServer' | 'onlyWhileMaster'> {
  const { quorum, hysteresis, sorry, onlyWhileMaster } = policyOf(spec);
  const wanted = state.wanted(spec);
  return {
    quorum: { needed: quorum, hysteresis, weight: strengthOf(spec, state).sure },
    ...(sorry === null
      ? {}
      : { sorryServer: { address: serverId(sorry.key), inUse: wanted && isSorry(spec, state.quorum(spec)) } }),
    ...(onlyWhileMaster === null ? {} : { onlyWhileMaster: { instance: onlyWhileMaster, inTable: wanted } }),
  };
}

/** How far a server is through its slow start; nothing where it has its whole weight. */
export function slowStart({ row }: ServerModel, state: State): Pick<ServerStatus, 'slowStart'> {
  const ramp = state.ramp(row);
  return ramp >= 1 ? {} : { slowStart: Math.round(100 * ramp) / 100 };
}

import { unreachable } from '../../values/unreachable.js';
import { serverId, serviceId, type TableChange } from './table.js';

/** One change as a person reads it: `add 10.0.0.11:80 to tcp/10.0.0.1:80 (dr, weight 1)`. */
export function describeChange(change: TableChange): string {
  const service = serviceId(change.service);
  switch (change.kind) {
    case 'addService':
      return `add service ${service} (${describeService(change.settings)})`;
    case 'editService':
      return `set service ${service} to ${describeService(change.settings)}`;
    case 'removeService':
      return `remove service ${service}`;
    case 'addServer':
      return `add ${serverId(change.server)} to ${service} (${change.settings.forward}, weight ${change.settings.weight})`;
    case 'editServer':
      return `set ${serverId(change.server)} in ${service} to ${change.settings.forward}, weight ${change.settings.weight}`;
    case 'removeServer':
      return `remove ${serverId(change.server)} from ${service}`;
    default:
      return unreachable(change);
  }
}

const describeService = (s: { readonly scheduler: string; readonly persistence: number }): string =>
  s.persistence === 0 ? s.scheduler : `${s.scheduler}, persistence ${s.persistence}s`;

/** At most `limit` of them on one line, and how many more there are. */
export function describeChanges(changes: readonly TableChange[], limit = 10): string {
  const shown = changes.slice(0, limit).map(describeChange).join('; ');
  return changes.length > limit ? `${shown}; and ${changes.length - limit} more` : shown;
}

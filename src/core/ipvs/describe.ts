import { unreachable } from '../../values/unreachable.js';
import { type ServerSettings, type ServiceSettings, serverId, serviceId, type TableChange } from './table.js';

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
      return `add ${serverId(change.server)} to ${service} (${describeServer(change.settings)})`;
    case 'editServer':
      return `set ${serverId(change.server)} in ${service} to ${describeServer(change.settings)}`;
    case 'removeServer':
      return `remove ${serverId(change.server)} from ${service}`;
    default:
      return unreachable(change);
  }
}

function describeService(s: ServiceSettings): string {
  const more = [
    s.hashFallback ? 'fallback' : '',
    s.hashPort ? 'port' : '',
    s.onePacket ? 'one packet' : '',
    s.persistence === 0 ? '' : `persistence ${s.persistence}s${s.granularity === null ? '' : ` by /${s.granularity}`}`,
    s.engine === null ? '' : `engine ${s.engine}`,
  ];
  return [s.scheduler, ...more.filter((each) => each !== '')].join(', ');
}

function describeServer(s: ServerSettings): string {
  const { tunnel } = s;
  const plain = tunnel === null || tunnel.type === 'ipip';
  const wrap = plain ? '' : ` by ${tunnel.type}${tunnel.port === 0 ? '' : ` port ${tunnel.port}`}`;
  const sum = plain || tunnel.checksum === 'none' ? '' : ` with ${tunnel.checksum}`;
  const limits =
    s.upper === 0 ? '' : `, at most ${s.upper} connections${s.lower === 0 ? '' : `, again below ${s.lower}`}`;
  return `${s.forward}${wrap}${sum}, weight ${s.weight}${limits}`;
}

/** At most `limit` of them on one line, and how many more there are. */
export function describeChanges(changes: readonly TableChange[], limit = 10): string {
  const shown = changes.slice(0, limit).map(describeChange).join('; ');
  return changes.length > limit ? `${shown}; and ${changes.length - limit} more` : shown;
}

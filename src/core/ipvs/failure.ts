import type { Failure } from '../../values/failure.js';
import { familyOf } from '../../values/ip.js';
import { familyOfService, type ServiceSettings, serverId, serviceId, type TableChange } from './table.js';

/**
 * Why a change of the table was refused, in words that say what to do.
 * @param code the kernel's name for the error.
 * @param sentence what the kernel itself said about it, if anything.
 */
export function changeFailure(change: TableChange, code: string, sentence: string | null = null): Failure {
  const said = sentence === null ? '' : ` (kernel: ${sentence})`;
  return { what: `ipvs.${change.kind}`, code, detail: detailOf(change, code) + said };
}

/** No IPVS in this kernel. */
export const noIpvs = (what: string): Failure => ({
  what,
  code: 'no-ipvs',
  detail:
    'this kernel has no IPVS: load it with `modprobe ip_vs` (on the host, where this is a container); ' +
    'the kernel must be built with CONFIG_IP_VS',
});

/** Every request of the family needs the capability, reading included. */
export const noPermission = (what: string): Failure => ({
  what,
  code: 'EPERM',
  detail: 'needs CAP_NET_ADMIN (in the initial user namespace on older kernels)',
});

function detailOf(change: TableChange, code: string): string {
  const service = serviceId(change.service);
  const server = 'server' in change ? serverId(change.server) : '';
  const row = server === '' ? service : `${server} of ${service}`;
  switch (code) {
    case 'EEXIST':
      return `${row} is in the table already`;
    case 'ESRCH':
      return `${row}: the service is not in the table`;
    case 'ENOENT':
      return 'settings' in change && 'scheduler' in change.settings
        ? `${service}: ${moduleNames(change.settings)}`
        : `${row}: the server is not in the table`;
    case 'EPERM':
      return `${row}: ${noPermission('').detail}`;
    case 'ERANGE':
      return `${row}: out of range; a weight is 0 to 2147483647, a lower threshold at most the upper one, a scheduler's name has 15 characters at most`;
    case 'EINVAL':
      return `${row}: ${invalid(change)}`;
    case 'EAFNOSUPPORT':
      return `${row}: this kernel's IPVS has no IPv6 (CONFIG_IP_VS_IPV6)`;
    case 'EPROTONOSUPPORT':
      return `${row}: this kernel's IPVS does not balance that protocol`;
    case 'ENOMEM':
      return `${row}: the kernel has no memory for it`;
    case 'ENOBUFS':
    case 'no-answer':
      return `${row}: the kernel's answer was lost; the table must be read again`;
    default:
      return row;
  }
}

/** The kernel has one answer for a scheduler and an engine that it does not have. */
function moduleNames({ scheduler, engine }: ServiceSettings): string {
  const one = `scheduler \`${scheduler}\``;
  if (engine === null) return `${one} is not in this kernel; modprobe ip_vs_${scheduler}`;
  return `${one} or persistence engine \`${engine}\` is not in this kernel; modprobe ip_vs_${scheduler}, ip_vs_pe_${engine}`;
}

function invalid(change: TableChange): string {
  if (!('server' in change)) {
    return `the kernel takes no such settings (${JSON.stringify('settings' in change ? change.settings : {})})`;
  }
  if (familyOf(change.server.address) !== familyOfService(change.service)) {
    return 'it is of another family: the kernel takes that in a tunnel only, and not while a connection-sync daemon runs';
  }
  // ip_vs_new_dest() asks the routing tables, which are empty as long as no interface of the namespace is up.
  return 'the kernel takes only a unicast or local address, and none before an interface is up';
}

import type { z } from 'zod';
import { familyOf, type Ip } from '../values/ip.js';
import type { Duration } from '../values/time.js';
import type { Path } from './problem.js';

/** A check or an agent, as far as it says where it goes from and to; kinds that use no network have neither address. */
interface Way {
  readonly interval: Duration;
  readonly address?: Ip | null;
  readonly bind?: Ip | null;
}

interface Tried {
  readonly check?: Way | null | undefined;
  readonly agent?: Way | null | undefined;
}

/** A service or what it is made of, as in the file: a server has what it says itself. */
interface Servers extends Tried {
  readonly servers: readonly (Tried & { readonly address: { readonly address: Ip } })[];
}

/** Refuses a local address of another family than the address that is tried. */
export function sameFamily({ address, bind }: Way, context: z.core.$RefinementCtx): void {
  if (address != null && bind != null) refuseOther(bind, [address], ['bind'], context);
}

/** The same where the address that is tried is that of a server: no try would ever succeed. */
export function bindFitsServers({ servers, ...service }: Servers, context: z.core.$RefinementCtx): void {
  for (const key of ['check', 'agent'] as const) {
    const sharing = servers.filter((server) => server[key] === undefined).map((server) => server.address.address);
    const ways = [
      { way: service[key], tried: sharing, path: [key] },
      ...servers.map((server, i) => ({
        way: server[key],
        tried: [server.address.address],
        path: ['servers', i, key],
      })),
    ];
    for (const { way, tried, path } of ways) {
      if (way?.address != null || way?.bind == null) continue;
      refuseOther(way.bind, tried, [...path, 'bind'], context);
    }
  }
}

function refuseOther(bind: Ip, tried: readonly Ip[], path: Path, context: z.core.$RefinementCtx): void {
  const other = tried.find((address) => familyOf(address) !== familyOf(bind));
  if (other === undefined) return;
  const allowed = tried.every((address) => familyOf(address) === familyOf(other))
    ? `an IPv${familyOf(other)} address`
    : 'no such key here, as servers of both families are tried';
  context.addIssue({
    code: 'custom',
    path: [...path],
    message: `found "${bind}", which is of another family than the address to try, ${other}; allowed: ${allowed}`,
  });
}

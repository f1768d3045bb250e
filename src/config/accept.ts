import { flag } from './fields.js';
import type { Finding } from './problem.js';

/** `accept` of an instance. */
export const accept = flag()
  .prefault(true)
  .describe(
    'Whether this host takes packets for the virtual addresses while it is master (the RFCs’ Accept_Mode). false: it answers ARP and neighbour discovery and balances by IPVS, but its own programs get nothing for them from outside; by a table of nf_tables, inet directord.',
  );

/** An owner’s addresses are its own: it accepts whatever is said (RFC 9568 §6.1). */
export const acceptFindings = (
  instances: readonly { readonly accept: boolean; readonly priority: number }[],
): Finding[] =>
  instances.flatMap((instance, i) => {
    if (instance.accept || instance.priority !== 255) return [];
    const message =
      'found false with priority 255, but the owner of the addresses always takes packets for them; allowed: true, or a priority of 1 to 254';
    return [{ path: ['vrrp', 'instances', i, 'accept'], message }];
  });

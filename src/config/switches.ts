import { z } from 'zod';
import { flag, mapping } from './fields.js';
import { says } from './found.js';

/** One of the kernel's switches: a number, or hands off. */
function setting(max: number, value: number) {
  const error = says(`a whole number from 0 to ${max}, or keep`);
  const number = z.int({ error }).min(0, { error }).max(max, { error });
  return z.union([number, z.literal('keep', { error })], { error }).prefault(value);
}

/** `ipvs.switches:` what directord sets below net.ipv4.vs while it has services. */
export const switches = mapping({
  manage: flag().prefault(true).describe('false: hands off all of them. What was set before is put back.'),
  expire_nodest_conn: setting(1, 1).describe(
    '1: a client that uses a source port again gets another server than a drained one, and connections of a server that left the table end instead of hanging.',
  ),
  expire_quiescent_template: setting(1, 1).describe('1: a persistent client gets another server than a drained one.'),
  conn_reuse_mode: setting(3, 1).describe(
    'With 0 a source port that is used again keeps its old server; 3 also ends that for direct route soon after a FIN.',
  ),
});

type Switches = z.output<typeof switches>;

/** What they should be; what is to be kept as it is, is left out. */
export function wantedSwitches({
  manage,
  ...values
}: Switches): Readonly<Partial<Record<keyof typeof values, number>>> {
  if (!manage) return {};
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 'keep')) as Partial<
    Record<keyof typeof values, number>
  >;
}

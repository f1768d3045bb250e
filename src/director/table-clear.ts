import { plan } from '../core/ipvs/plan.js';
import type { IpvsTable } from '../ports/ipvs.js';
import { formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import type { Owned } from './owned.js';

/** Failures that are named in the log. */
const NAMED = 10;

/** Removes our services from the kernel's table, whatever the configuration says; a failure is logged. */
export async function clearTable({ table, owned, log }: { table: IpvsTable; owned: Owned; log: Log }): Promise<void> {
  const dump = await table.dump();
  const changes = 'code' in dump ? [] : plan([], dump, owned.ids);
  const failures = 'code' in dump ? [dump] : await table.apply(changes);
  const failed = failures.filter((f) => f !== null);
  if (failed.length > 0) {
    log.error({ failures: failed.slice(0, NAMED).map(formatFailure) }, 'table could not be cleared');
    return;
  }
  log.info({ services: changes.length }, 'table cleared');
  await owned.set(new Set()).catch((error: Error) => log.error({ why: error.message }, 'cleared, but not stored'));
}

import { parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import type { StateStore } from '../director/state-files.js';
import { KernelAddresses } from '../kernel/addresses.js';
import { KernelPacketFilter } from '../kernel/packet-filter.js';
import { KernelVirtualMacs } from '../kernel/virtual-mac.js';
import { KernelWays } from '../kernel/ways.js';
import { type Estate, estateOf, leftOver, removeEstate } from '../router/estate.js';
import { instanceSettings } from '../router/from-config.js';
import { formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { RUNNING, thisKernel } from './running-file.js';

/**
 * A run that was killed, router and director both, left its addresses, routes and interfaces standing. What the file of now has as
 * well is adopted later; what it does not have is removed here, before anybody else becomes master of it. Then the file
 * is kept for the next start. What goes wrong is logged, and stops nothing.
 * @param text the file that `config` was made of.
 */
export async function removeLeftovers(config: Config, text: string, store: StateStore, log: Log): Promise<void> {
  try {
    const kernel = await thisKernel();
    const kept = await store.read(RUNNING);
    const now = `${kernel}\n${text}`;
    if (kept === now) return;
    // Another boot, or another network namespace: nothing of that is here.
    if (kept?.startsWith(`${kernel}\n`)) await remove(kept, config, log);
    await store.write(RUNNING, now);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const what = 'what a killed run leaves behind stays, where the file is changed before the next start';
    log.warn({ place: store.place, why }, `${RUNNING}: ${why}: ${what}`);
  }
}

async function remove(kept: string, config: Config, log: Log): Promise<void> {
  const before = parseConfig(kept, RUNNING);
  if (!before.ok) throw new Error(`no file of this version (${before.problems[0]?.message})`);
  const left = leftOver(estateOf(instanceSettings(before.config)), instanceSettings(config));
  const { addresses, ways, virtualMacs, filter } = left;
  if (addresses.length + ways.length + virtualMacs.length === 0 && !filter) return;
  const failures = await removeByKernel(left, log);
  for (const failure of failures) log.error({ failure }, formatFailure(failure));
  log.warn(
    { addresses: addresses.length, ways: ways.length, interfaces: virtualMacs.length, filter },
    'an earlier run with another file was killed: what it left behind and this file does not have is removed',
  );
}

async function removeByKernel(left: Estate, log: Log) {
  const addresses = new KernelAddresses();
  const ways = new KernelWays();
  const virtualMacs = new KernelVirtualMacs((failure) => log.warn({ failure }, formatFailure(failure)));
  try {
    return await removeEstate(left, { addresses, ways, virtualMacs, packetFilter: new KernelPacketFilter() });
  } finally {
    await Promise.all([addresses.close(), ways.close(), virtualMacs.close()]);
  }
}

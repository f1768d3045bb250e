import type { Config } from '../config/schema.js';
import { leftOf } from '../core/ipvs/left.js';
import { type ActualService, type ServiceKey, serviceId } from '../core/ipvs/table.js';
import type { Alarms, Clock } from '../ports/clock.js';
import { waitUntil } from '../ports/waiting.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';
import { after, between, type Duration, formatDuration, millis, toSeconds } from '../values/time.js';

/** How often the connections that are left are counted. */
const LOOK_EVERY = millis(500);

export interface DrainDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  /** Reads our services as they are in the kernel now. */
  readonly read: () => Promise<readonly ActualService[]>;
  /** Addresses that leave this host with the stop: what came by them has nowhere to come any more. */
  readonly leaving: ReadonlySet<Ip>;
  readonly timeout: Duration;
}

/** The virtual addresses of this host's instances: their connections go to the next master, and are not waited for. */
export const leavingWith = ({ vrrp }: Pick<Config, 'vrrp'>): ReadonlySet<Ip> =>
  new Set(
    vrrp.instances.flatMap(({ virtual_addresses: named, excluded_addresses: more }) =>
      [...named, ...more].map(({ cidr }) => cidr.address),
    ),
  );

/** Waits until no connection of services that stay reachable is left, at most for the timeout; their weights are 0 already. */
export async function waitUntilDrained({ clock, alarms, log, read, leaving, timeout }: DrainDeps): Promise<void> {
  const begin = clock.now();
  const until = after(begin, timeout);
  const stays = (key: ServiceKey): boolean => 'mark' in key || !leaving.has(key.address);
  for (;;) {
    const left = (await read()).filter(({ key }) => stays(key)).map((service) => ({ service, held: heldBy(service) }));
    const total = left.reduce((sum, { held }) => sum + held, 0);
    const now = clock.now();
    if (total === 0) {
      log.info({ seconds: toSeconds(between(begin, now)) }, 'table drained: no connection is left');
      return;
    }
    if (now >= until) {
      const services = left.filter(({ held }) => held > 0).map(({ service: { key } }) => serviceId(key));
      const fields = { left: total, services: services.slice(0, 10) };
      log.warn(fields, `table not drained within ${formatDuration(timeout)}: ${total} connections are cut`);
      return;
    }
    await waitUntil(alarms, now + LOOK_EVERY < until ? after(now, LOOK_EVERY) : until);
  }
}

/** Templates lead nobody to a server any more: the rows go at the end anyway. */
const heldBy = ({ key, servers }: ActualService): number =>
  servers.reduce((sum, server) => sum + leftOf(server, [key], false), 0);

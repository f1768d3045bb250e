import type { Config } from '../config/schema.js';
import type { ConnectionSyncStatus, InstanceState } from '../core/status.js';
import { planSync, roleIn, type SyncDaemon, type SyncRole, type SyncSettings } from '../core/vrrp/sync-role.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { SyncDaemons } from '../ports/sync-daemon.js';
import { type Failure, formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { after, type Duration, micros, seconds } from '../values/time.js';

/** Which instance the kernel's sync daemon follows, and what the daemon runs with. */
export interface ConnectionSync extends SyncSettings {
  readonly instance: string;
}

/** What {@link SyncRoles} needs from outside. */
export interface SyncRolesDeps {
  readonly daemons: SyncDaemons;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  /** Its status changed. */
  readonly changed: () => void;
}

/** After a refusal of the kernel, when it is asked again: twice as long each time. */
const RETRY_FIRST = seconds(1);
const RETRY_LAST = seconds(60);

/**
 * Keeps the kernel's connection-sync daemon in the role that its instance has. The kernel is asked on another thread and
 * one question at a time, because it waits for its own threads to end; nothing here delays or stops VRRP. Only the latest
 * role counts: one that was overtaken meanwhile is never started.
 */
export class SyncRoles {
  /** The instance that leads; null while there is none. */
  instance: string | null;
  #settings: SyncSettings | null;
  readonly #deps: SyncRolesDeps;
  readonly #retry: Alarm;
  /** undefined: not told yet, and what runs in the kernel is left alone. */
  #wanted: SyncDaemon | null | undefined;
  #running: SyncRole | null = null;
  #trouble: string | null = null;
  #delay: Duration = RETRY_FIRST;
  #work: Promise<void> | null = null;
  #stopped = false;

  /** @param following null: nothing in the kernel is touched until there is another. */
  constructor(following: ConnectionSync | null, deps: SyncRolesDeps) {
    this.instance = following?.instance ?? null;
    this.#settings = settingsOf(following);
    this.#deps = deps;
    this.#retry = deps.alarms.alarm(() => this.#go());
  }

  /**
   * Another instance leads, or another daemon is wanted, or none. One that runs as it is wanted is left alone.
   * @param state the leading instance's; null where there is none.
   */
  reconfigure(following: ConnectionSync | null, state: InstanceState | null): void {
    if (this.#stopped) return;
    const settings = settingsOf(following);
    const same = JSON.stringify(settings) === JSON.stringify(this.#settings);
    this.instance = following?.instance ?? null;
    if (!same) {
      this.#settings = settings;
      if (settings === null) this.#want(null);
      else this.#wanted = undefined;
    }
    if (state !== null) this.follow(state);
  }

  /** The instance is in this state now. */
  follow(state: InstanceState): void {
    if (this.#stopped || this.#settings === null) return;
    const role = roleIn(state);
    if (this.#wanted?.role === role) return;
    this.#want({ role, ...this.#settings });
  }

  /** Ends the daemon. Resolves when the kernel has done it, or refused. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#settings !== null) this.#want(null);
    await this.#work;
    this.#retry.close();
  }

  /** null while no instance leads. */
  status(): ConnectionSyncStatus | null {
    if (this.#settings === null) return null;
    const { interface: name, id } = this.#settings;
    return { role: this.#running, interface: name, id, reason: this.#trouble };
  }

  #want(wanted: SyncDaemon | null): void {
    this.#wanted = wanted;
    this.#delay = RETRY_FIRST;
    this.#retry.clear();
    this.#go();
  }

  #go(): void {
    this.#work ??= this.#untilSettled().finally(() => {
      this.#work = null;
    });
  }

  async #untilSettled(): Promise<void> {
    for (;;) {
      const wanted = this.#wanted ?? null;
      const trouble = await this.#reach(wanted).catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      if ((this.#wanted ?? null) !== wanted) continue;
      this.#settle(wanted, trouble);
      return;
    }
  }

  /** @returns what the kernel refused, or null: done, or overtaken by another role. */
  async #reach(wanted: SyncDaemon | null): Promise<string | null> {
    const found = await this.#deps.daemons.list();
    if ('code' in found) return formatFailure(found);
    for (const change of planSync(found, wanted)) {
      if ((this.#wanted ?? null) !== wanted) return null;
      const failure: Failure | null = await this.#deps.daemons.apply(change);
      if (failure !== null) return formatFailure(failure);
    }
    return null;
  }

  #settle(wanted: SyncDaemon | null, trouble: string | null): void {
    const { log, clock, changed } = this.#deps;
    const running = trouble === null ? (wanted?.role ?? null) : null;
    const same = trouble === this.#trouble && running === this.#running;
    this.#trouble = trouble;
    this.#running = running;
    if (trouble !== null && wanted !== null) {
      this.#retry.set(after(clock.now(), this.#delay));
      this.#delay = micros(Math.min(2 * this.#delay, RETRY_LAST));
    }
    if (same) return;
    const fields = { instance: this.instance, interface: this.#settings?.interface, id: this.#settings?.id };
    if (trouble !== null) log.warn({ ...fields, trouble }, `no connection sync: ${trouble}`);
    else log.info({ ...fields, role: running }, `connection sync: ${running ?? 'stopped'}`);
    changed();
  }
}

function settingsOf(following: ConnectionSync | null): SyncSettings | null {
  if (following === null) return null;
  const { instance: _, ...settings } = following;
  return settings;
}

/** The one instance that the sync daemon follows; null where none has `connection_sync`. */
export function connectionSyncOf(config: Config): ConnectionSync | null {
  for (const { name, interface: own, virtual_router_id: vrid, connection_sync: sync } of config.vrrp.instances) {
    if (sync === null) continue;
    const { group, port, ttl, maxlen } = sync;
    return { instance: name, interface: sync.interface ?? own, id: sync.id ?? vrid, group, port, ttl, maxlen };
  }
  return null;
}

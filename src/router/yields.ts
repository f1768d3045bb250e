import { OWNER } from '../core/vrrp/settings.js';
import type { YieldAnswer } from '../ports/channel.js';
import type { Log } from '../values/log.js';
import type { Instance } from './instance.js';
import type { Gave } from './yield.js';

/** `failover` and `resume` as the router carries them out: an instance, and with it all of its sync group. */
export class Yields {
  readonly #among: () => readonly Instance[];

  /** @param among all instances as they are now. */
  constructor(among: () => readonly Instance[]) {
    this.#among = among;
  }

  /** Before the start: these are held, by name, since when. An owner's addresses are the host's own, whatever is stored. */
  restore(held: ReadonlyMap<string, string>, log: Log): void {
    for (const instance of this.#among()) {
      const since = held.get(instance.settings.name);
      if (since === undefined) continue;
      const fields = { instance: instance.settings.name, since };
      if (instance.settings.priority === OWNER) {
        log.warn(fields, `${fields.instance} was held BACKUP by failover, but owns its addresses now: not held`);
        continue;
      }
      log.warn(fields, `${fields.instance} stays BACKUP: failover by admin since ${since}`);
      void instance.yield(since);
    }
  }

  /** Gives mastership away, since when (ISO 8601). Resolves when another router is heard, or has not been in time. */
  async failover(name: string, since: string): Promise<YieldAnswer> {
    const members = this.#with(name);
    const refusal = members.length === 0 ? `no instance ${name}` : this.#refusal(members);
    if (refusal !== null) return { ok: false, code: 'nobody', message: refusal };
    const gave = await Promise.all(members.map(async (instance) => ({ instance, gave: await instance.yield(since) })));
    const kept = gave.find((each) => each.gave?.relieved === false);
    if (kept?.gave != null) {
      for (const instance of members) instance.resume();
      const { name: which } = kept.instance.settings;
      const message = `no other router took ${which} over within ${kept.gave.seconds.toFixed(1)} s: this host stays master`;
      return { ok: false, code: 'nobody', message };
    }
    return answer(gave);
  }

  /** Takes that back; normal preemption holds again. */
  async resume(name: string): Promise<YieldAnswer> {
    const members = this.#with(name);
    for (const instance of members) instance.resume();
    return answer(members.map((instance) => ({ instance, gave: null })));
  }

  #with(name: string): Instance[] {
    const all = this.#among();
    const named = all.find((i) => i.settings.name === name);
    if (named === undefined || named.group.name === null) return named === undefined ? [] : [named];
    return all.filter((i) => i.group === named.group);
  }

  #refusal(members: readonly Instance[]): string | null {
    for (const instance of members) {
      const { name, priority } = instance.settings;
      if (priority === OWNER) return `${name} has priority 255: this host owns its addresses and cannot give them away`;
      if (instance.state !== 'master' && !instance.hearsOther) {
        return `no other router was heard for ${name} lately: nobody would be master`;
      }
    }
    return null;
  }
}

const answer = (list: readonly { readonly instance: Instance; readonly gave: Gave | null }[]): YieldAnswer => ({
  ok: true,
  instances: list.map(({ instance, gave }) => {
    const { name, state, master } = instance.status();
    return { name, state, master, seconds: gave?.seconds ?? null };
  }),
});

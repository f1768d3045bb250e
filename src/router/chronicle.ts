import type { InstanceStatus } from '../core/status.js';
import type { Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';
import type { InstanceEvent } from './instance-deps.js';

/** A change of state that is to be told. */
export interface Entered {
  readonly instance: string;
  readonly from: InstanceStatus['state'];
  readonly to: InstanceStatus['state'];
  readonly reason: string | null;
  /** Its effective priority. */
  readonly priority: number;
}

/** What people are told of an instance's states: since when this one, who is master instead, how often it was. */
export class Chronicle {
  /** When the state was entered, ISO 8601. */
  since: string;
  /** Who is master instead; null while that is not known. */
  master: Ip | null = null;
  readonly counters = { received: 0, becameMaster: 0 };

  constructor(since: string) {
    this.since = since;
  }

  /** Notes a change of state. @param at ISO 8601 */
  entered(to: InstanceStatus['state'], at: string): void {
    this.since = at;
    if (to === 'master') this.counters.becameMaster += 1;
    if (to === 'fault' || to === 'init') this.master = null;
  }
}

/** Logs a change of state. @returns it, as others are told of it. */
export function tellEntered({ instance, from, to, reason, priority }: Entered, log: Log): InstanceEvent {
  const fields = { instance, from, to, reason, priority };
  if (to === 'fault') log.warn(fields, `${instance} is in fault: ${reason ?? 'unknown'}`);
  else log.info(fields, `${instance} is ${to}`);
  return { what: to, reason, entered: { from, to, priority } };
}

import type { Config } from '../config/schema.js';
import { FIFO_LANE, laneOf } from './transitions.js';

/** Who is to be told of changes of state: for others, none is kept. */
export function notifyLanes({ vrrp }: Config): string[] {
  const fifo = vrrp.notify_fifo === null ? [] : [FIFO_LANE];
  const instances = vrrp.instances.filter((i) => i.notify !== null).map((i) => laneOf('instance', i.name));
  const groups = vrrp.sync_groups.filter((g) => g.notify !== null).map((g) => laneOf('group', g.name));
  return [...fifo, ...instances, ...groups];
}

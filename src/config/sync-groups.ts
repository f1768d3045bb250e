import { listOf, mapping, orNull } from './fields.js';
import { notify } from './notify.js';
import { name } from './scalars.js';

const group = mapping({
  name: name().describe('Its name in status, logs and events.'),
  instances: listOf(name(), 'names of instances')
    .min(2, { error: (issue) => `found ${(issue.input as unknown[]).length} of them; allowed: two instances or more` })
    .describe('The names of its instances. Each belongs to one group at most; all of them are on every router.'),
  notify: orNull(notify).describe(
    'Programs to be run when the group’s state changes: in order, one at a time, none left out; its priority is 0. Default: none.',
  ),
});

/** `vrrp.sync_groups`. */
export const syncGroups = listOf(group, 'groups such as { name: VG_1, instances: [VI_1, VI_2] }')
  .prefault([])
  .describe(
    'Instances that are master together or not at all: all become master when each of them may, all let go when one meets a better master, and a fault of one is a fault of all. The same groups on all routers.',
  );

import type { BadFile } from './row.js';

const one = (name: string, id: number, more = ''): string =>
  `    - { name: ${name}, interface: eth1, virtual_router_id: ${id}, virtual_addresses: [10.0.0.${id}/24]${more} }\n`;

/** Two sound instances, and this below `vrrp` from line 5 on. */
const two = (...lines: string[]): string =>
  `vrrp:\n  instances:\n${one('VI_1', 1)}${one('VI_2', 2)}${lines.map((line) => `  ${line}\n`).join('')}`;

export const rows: readonly BadFile[] = [
  [
    'a sync group of one',
    two('sync_groups: [{ name: VG_1, instances: [VI_1] }]'),
    '5:42: vrrp.sync_groups[0].instances: found 1 of them; allowed: two instances or more',
  ],
  [
    'a sync group with a name that no instance has',
    two('sync_groups: [{ name: VG_1, instances: [VI_1, VI_22, other] }]'),
    '5:49: vrrp.sync_groups[0].instances[1]: found VI_22, which is no instance, did you mean VI_2? allowed: VI_1, VI_2',
    '5:56: vrrp.sync_groups[0].instances[2]: found other, which is no instance; allowed: VI_1, VI_2',
  ],
  [
    'an instance in two sync groups, or twice in one',
    two(
      'sync_groups:',
      '  - { name: VG_1, instances: [VI_1, VI_2] }',
      '  - { name: VG_2, instances: [VI_2, VI_1, VI_1] }',
    ),
    '7:33: vrrp.sync_groups[1].instances[0]: found VI_2, which stands in vrrp.sync_groups[0] already; allowed: each instance in one group at most',
    '7:39: vrrp.sync_groups[1].instances[1]: found VI_1, which stands in vrrp.sync_groups[0] already; allowed: each instance in one group at most',
    '7:45: vrrp.sync_groups[1].instances[2]: found VI_1, which stands in vrrp.sync_groups[0] already; allowed: each instance in one group at most',
  ],
  [
    'two sync groups of one name',
    `vrrp:\n  instances:\n${[1, 2, 3, 4].map((i) => one(`VI_${i}`, i)).join('')}  sync_groups:\n    - { name: VG_1, instances: [VI_1, VI_2] }\n    - { name: VG_1, instances: [VI_3, VI_4] }\n`,
    '9:15: vrrp.sync_groups[1].name: found VG_1, the name of vrrp.sync_groups[0] already; allowed: each name once',
  ],
  [
    'an address owner beside another instance',
    `vrrp:\n  instances:\n${one('VI_1', 1, ', priority: 255')}${one('VI_2', 2)}  sync_groups: [{ name: VG_1, instances: [VI_1, VI_2] }]\n`,
    '5:42: vrrp.sync_groups[0].instances: found VI_1 with priority 255 beside VI_2 with 100, but an address owner cannot let go together with others; allowed: owners of their addresses only, or none',
  ],
  [
    'a sync group of an instance that has an error itself',
    two('sync_groups: [{ name: VG_1, instances: [VI_1, VI_2] }]').replace('_id: 2,', '_id: 256,'),
    '4:57: vrrp.instances[1].virtual_router_id: found 256; allowed: a whole number from 1 to 255',
  ],
  [
    'a startup_delay without its unit',
    two('startup_delay: 10'),
    '5:18: vrrp.startup_delay: found 10, which has no unit; allowed: a duration with its unit (us, ms, s, m, h) from 0s to 1h, such as 1500ms or 2s',
  ],
  [
    'a preempt_delay of an address owner',
    two().replace('virtual_router_id: 1,', 'virtual_router_id: 1, priority: 255, preempt_delay: 5s,'),
    '3:90: vrrp.instances[0].preempt_delay: found 5s, but priority 255, an address owner, takes over at once; allowed: 0s, or no preempt_delay',
  ],
];

import type { BadFile } from './row.js';

const switches = (text: string): string => `ipvs:\n  switches: ${text}\n`;

export const rows: readonly BadFile[] = [
  [
    'a switch beyond what the kernel takes',
    switches('{ expire_nodest_conn: 2 }'),
    '2:35: ipvs.switches.expire_nodest_conn: found 2; allowed: a whole number from 0 to 1, or keep',
  ],
  [
    'a switch that is a word',
    switches('{ conn_reuse_mode: on, manage: no }'),
    '2:32: ipvs.switches.conn_reuse_mode: found "on"; allowed: a whole number from 0 to 3, or keep',
    '2:44: ipvs.switches.manage: found "no"; allowed: true or false',
  ],
  [
    'a switch that directord does not know',
    switches('{ sloppy_tcp: 1 }'),
    '2:15: ipvs.switches.sloppy_tcp: unknown key; allowed: manage, expire_nodest_conn, expire_quiescent_template, conn_reuse_mode',
  ],
];

import { type BadFile, instance } from './row.js';

export const rows: readonly BadFile[] = [
  [
    'a notify command that is a text, as keepalived has it',
    instance('notify: { master: "/usr/bin/logger master" }'),
    '7:25: vrrp.instances[0].notify.master: found "/usr/bin/logger master"; allowed: a list of the absolute path and the arguments (there is no shell), such as [/usr/bin/test, -e, /run/ok]',
  ],
  [
    'a notify command with a relative path, and a timeout of nothing',
    instance('notify:', '  any: [logger]', '  timeout: 0s'),
    '8:15: vrrp.instances[0].notify.any[0]: found "logger"; allowed: an absolute path, which begins with "/"',
    '9:18: vrrp.instances[0].notify.timeout: found "0s"; allowed: a duration with its unit (us, ms, s, m, h) from 10ms to 1h, such as 1500ms or 2s',
  ],
  [
    'a state that there is not',
    instance('notify: { slave: [/bin/true] }'),
    '7:17: vrrp.instances[0].notify.slave: unknown key; allowed: master, backup, fault, stop, any, timeout, user',
  ],
  [
    'a FIFO that is a text',
    `${instance()}  notify_fifo: /run/x\n`,
    '7:16: vrrp.notify_fifo: found "/run/x"; allowed: a mapping with path',
  ],
  [
    'a FIFO with a relative path',
    `${instance()}  notify_fifo: { path: run/x }\n`,
    '7:24: vrrp.notify_fifo.path: found "run/x"; allowed: an absolute path, which begins with "/"',
  ],
];

import { type BadFile, script } from './row.js';

export const rows: readonly BadFile[] = [
  [
    'a command that is a text',
    script('{ name: web, command: /usr/bin/curl -f http://localhost }'),
    '4:29: track.scripts[1].command: found "/usr/bin/curl -f http://localhost"; allowed: a list of the absolute path and the arguments (there is no shell), such as [/usr/bin/test, -e, /run/ok]',
  ],
  [
    'a command with a relative path',
    script('{ name: web, command: [curl, -f, http://localhost] }'),
    '4:30: track.scripts[1].command[0]: found "curl"; allowed: an absolute path, which begins with "/"',
  ],
  [
    'an empty command',
    script('{ name: web, command: [] }'),
    '4:29: track.scripts[1].command[0]: missing; allowed: an absolute path, which begins with "/"',
  ],
  [
    'an argument that YAML reads as a number',
    script('{ name: web, command: [/bin/sleep, 5] }'),
    '4:42: track.scripts[1].command[1]: found 5, which is a number: put it into quotes; allowed: a text',
  ],
  [
    'a weight out of range',
    script('{ name: web, command: [/bin/true], weight: -254 }'),
    '4:50: track.scripts[1].weight: found -254; allowed: a whole number from -253 to 253',
  ],
  [
    'a weight of 254',
    script('{ name: web, command: [/bin/true], weight: 254 }'),
    '4:50: track.scripts[1].weight: found 254; allowed: a whole number from -253 to 253',
  ],
  [
    'a timeout above the interval',
    script('{ name: web, command: [/bin/true], interval: 1s, timeout: 2s }'),
    '4:65: track.scripts[1].timeout: found 2s, more than the interval: the next try would begin before this one ends; allowed: at most 1s',
  ],
  [
    'rise and fall of 0',
    script('{ name: web, command: [/bin/true], rise: 0, fall: 0 }'),
    '4:48: track.scripts[1].rise: found 0; allowed: a whole number from 1 to 255',
    '4:57: track.scripts[1].fall: found 0; allowed: a whole number from 1 to 255',
  ],
  [
    'a user that is a number',
    script('{ name: web, command: [/bin/true], user: 0 }'),
    '4:48: track.scripts[1].user: found 0; allowed: the name of a user of this system',
  ],
  [
    'two scripts with one name',
    script('{ name: chk, command: [/bin/false] }'),
    '4:15: track.scripts[1].name: found chk, the name of track.scripts[0]; allowed: each name once',
  ],
  [
    'a script with an error is still declared',
    `track:
  scripts:
    - { name: chk, command: [true] }
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [172.28.128.200/24]
      track: { scripts: [chk] }
`,
    '3:30: track.scripts[0].command[0]: found true; allowed: an absolute path, which begins with "/"',
  ],
];

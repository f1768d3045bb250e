import { type BadFile, instance } from './row.js';

const track = (...lines: string[]): string => `track:\n${lines.map((l) => `  ${l}\n`).join('')}${instance()}`;

export const rows: readonly BadFile[] = [
  [
    'a process by a relative path, and a quorum of none',
    track('processes: [{ name: p, process: sbin/haproxy, quorum: 0 }]'),
    '2:35: track.processes[0].process: found "sbin/haproxy"; allowed: the name of a process such as haproxy, or the absolute path of its program',
    '2:57: track.processes[0].quorum: found 0; allowed: a whole number from 1 to 65535',
  ],
  [
    'a file by a relative path, with too much weight',
    track('files: [{ name: load, path: run/load, weight: 255 }]'),
    '2:31: track.files[0].path: found "run/load"; allowed: an absolute path, which begins with "/"',
    '2:49: track.files[0].weight: found 255; allowed: a whole number from -254 to 254',
  ],
  [
    'a tracked service that is not declared',
    track('services: [{ name: w, service: wbe }]') +
      'ipvs: { services: [{ name: web, address: "10.0.0.1:80", servers: [] }] }\n',
    '2:34: track.services[0].service: found wbe, which ipvs.services does not have, did you mean web? allowed: web',
  ],
  [
    'a route of the other family, and one with host bits',
    track('routes: [{ name: a, to: 10.0.0.0/8, family: ipv6 }, { name: b, to: 10.0.0.1/8 }]'),
    '2:47: track.routes[0].family: found ipv6 beside an IPv4 network; allowed: ipv4, or no family',
    '2:70: track.routes[1].to: found "10.0.0.1/8"; allowed: default, or a network such as 10.1.0.0/16 or 2001:db8:1::/48',
  ],
  [
    'a quorum that can never be reached, of scripts that are not there',
    track('scripts: [{ name: chk_a, command: [/bin/true] }]', 'quorums: [{ name: q, of: [chk_a, chk_b], need: 3 }]'),
    '3:50: track.quorums[0].need: found 3, more than the 2 of the list: it could never be good; allowed: 1 to 2',
  ],
  [
    'a quorum of scripts that are not there or named twice',
    track(
      'scripts: [{ name: chk_a, command: [/bin/true] }]',
      'quorums: [{ name: q, of: [chk_a, chk_b, chk_a], need: 2 }]',
    ),
    '3:36: track.quorums[0].of[1]: found chk_b, which track.scripts does not declare, did you mean chk_a? allowed: chk_a',
    '3:43: track.quorums[0].of[2]: found chk_a a second time; allowed: each script once',
  ],
  [
    'tracks of an instance that nobody declares',
    instance(
      'track: { processes: [{ name: haproxy }], files: [load], routes: [up], quorums: [{ name: q, wieght: 3 }] }',
    ),
    '7:28: vrrp.instances[0].track.processes[0]: found haproxy, which track.processes does not declare; allowed: none, as there are no processes',
    '7:56: vrrp.instances[0].track.files[0]: found load, which track.files does not declare; allowed: none, as there are no files',
    '7:72: vrrp.instances[0].track.routes[0]: found up, which track.routes does not declare; allowed: none, as there are no routes',
    '7:98: vrrp.instances[0].track.quorums[0].wieght: unknown key, did you mean weight? allowed: name, weight, reverse',
  ],
];

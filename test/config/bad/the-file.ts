import { type BadFile, instance, VRRP_KEYS } from './row.js';

export const rows: readonly BadFile[] = [
  ['an empty file', '', '1:1: the file is empty; allowed: a mapping with vrrp, ipvs or both'],
  [
    'a file of comments',
    `# nothing

`,
    '1:1: the file is empty; allowed: a mapping with vrrp, ipvs or both',
  ],
  [
    'a file that is a sentence',
    `the quick brown fox
`,
    '1:1: found "the quick brown fox"; allowed: a mapping with router_id, state_dir, control, http, director, log, track, vrrp, ipvs',
  ],
  [
    'a list',
    `- vrrp
- ipvs
`,
    '1:1: found a list; allowed: a mapping with router_id, state_dir, control, http, director, log, track, vrrp, ipvs',
  ],
  [
    'a file that is not YAML: a bracket without its end',
    `vrrp: [
`,
    '1:7: this is no YAML: a bracket is opened here that is not closed; allowed: ] behind it',
  ],
  [
    'a file that is not YAML: HTML',
    `<!DOCTYPE html>
<html><body class="x">: hello</body>
</html>
`,
    '1:1: this is no YAML: a key that goes over several lines, or a line without ":" behind its key; allowed: KEY: VALUE',
  ],
  [
    'a file that is not YAML: JSON with a comma missing',
    `{"vrrp": {"instances": []} "ipvs": {}}
`,
    '1:28: this is no YAML: something that cannot stand here, often because a comma, quote or bracket before it is missing',
  ],
  [
    'a keepalived configuration',
    `vrrp_instance VI_1 {
  state MASTER
}
`,
    '1:1: this is a keepalived configuration; allowed: YAML, see docs/configuration.md',
  ],
  [
    'a binary file',
    `vrrp:
  \x00\x01\x02ELF
`,
    '2:3: found the control character 0x00: this is no text file; allowed: YAML in UTF-8',
  ],
  [
    'a tab as indentation',
    `vrrp:
\tinstances: []
`,
    '2:1: this is no YAML: a tab as indentation; allowed: spaces',
  ],
  [
    'crooked indentation',
    `vrrp:
    instances: []
  other: 1
`,
    '3:3: this is no YAML: wrong indentation: 2 spaces; allowed: 4 as in line 2, or 0 as in line 1',
  ],
  [
    'a key that stands twice',
    `vrrp: { instances: [] }
ipvs: { services: [] }
vrrp: { instances: [] }
`,
    '3:1: vrrp: this key stands here already; allowed: each key once',
  ],
  [
    'two documents',
    `vrrp: { instances: [] }
---
ipvs: { services: [] }
`,
    '2:1: this is no YAML: a second document after ---; allowed: one document in a file',
  ],
  [
    'YAML 1.1',
    `%YAML 1.1
---
vrrp: { instances: [] }
`,
    '1:1: found the directive %YAML 1.1; allowed: YAML 1.2, which needs no directive',
  ],
  [
    'a tag',
    `vrrp: !include other.yaml
`,
    '1:7: this is no YAML: a tag (!name) that YAML does not know; allowed: no tags, or quotes around a text that begins with !',
  ],
  [
    'an alias without an anchor',
    `vrrp: *other
`,
    '1:7: vrrp: an alias (*) without its anchor (&) before it; allowed: quotes around a text that begins with *',
  ],
  [
    'an alias in its own anchor',
    `vrrp: &v { instances: *v }
`,
    '1:23: vrrp.instances: an alias (*) within its own anchor (&); allowed: aliases behind it',
  ],
  [
    'a merge key',
    `vrrp: { instances: [], <<: { a: 1 } }
`,
    `1:24: vrrp.<<: YAML 1.2 has no merge keys: write the keys out; allowed: ${VRRP_KEYS}`,
  ],
  [
    'a key of the language itself',
    `vrrp: { instances: [], __proto__: { a: 1 } }
`,
    `1:24: vrrp.__proto__: unknown key; allowed: ${VRRP_KEYS}`,
  ],
  [
    'a billion laughs',
    `a: &a [1,1,1,1,1,1,1,1,1,1]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
`,
    '1:1: aliases (*name) that stand for too much; allowed: 1000 at most',
  ],
  [
    'neither vrrp nor ipvs',
    `router_id: Balance1
`,
    '1:1: there is neither vrrp nor ipvs, so nothing to do; allowed: one of them or both',
  ],
  [
    'vrrp with nothing below',
    `vrrp:
ipvs: { services: [] }
`,
    `1:6: vrrp: found nothing; allowed: a mapping with ${VRRP_KEYS}`,
  ],
  [
    'an unknown key at the top',
    instance() +
      `vrp: {}
`,
    '7:1: vrp: unknown key, did you mean vrrp? allowed: router_id, state_dir, control, http, director, log, track, vrrp, ipvs',
  ],
  [
    'a key with control characters',
    instance() +
      `"a\\nb\\e[31m": 1
`,
    '7:1: "a\\nb\\u001b[31m": unknown key; allowed: router_id, state_dir, control, http, director, log, track, vrrp, ipvs',
  ],
  [
    'the statistics page without a port',
    instance() +
      `http: { listen: 127.0.0.1 }
`,
    '7:17: http.listen: found "127.0.0.1", which has no port; allowed: ADDRESS:PORT such as 172.28.128.110:80 or [2001:db8::1]:80, port 1 to 65535',
  ],
  [
    'a router_id of two words',
    instance() +
      `router_id: Balance 1
`,
    '7:12: router_id: found "Balance 1"; allowed: a name of 1 to 64 letters, digits and _ . -',
  ],
  [
    'a router_id that YAML reads as a number',
    instance() +
      `router_id: 1
`,
    '7:12: router_id: found 1, which is a number: put it into quotes; allowed: a name of 1 to 64 letters, digits and _ . -',
  ],
  [
    'a router_id that YAML reads as true or false',
    instance() +
      `router_id: true
`,
    '7:12: router_id: found true, which is no text: put it into quotes; allowed: a name of 1 to 64 letters, digits and _ . -',
  ],
  [
    'a path that is a number, and would be none with quotes',
    instance() +
      `state_dir: 5
`,
    '7:12: state_dir: found 5; allowed: an absolute path, which begins with "/"',
  ],
  [
    'a relative state_dir',
    instance() +
      `state_dir: var/lib
`,
    '7:12: state_dir: found "var/lib"; allowed: an absolute path, which begins with "/"',
  ],
  [
    'a socket path that is too long',
    instance() +
      `control: { socket: /run/${'x'.repeat(110)} }
`,
    '7:20: control.socket: found "/run/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"; allowed: an absolute path of at most 107 characters',
  ],
  [
    'a grace without unit',
    instance() +
      `director: { grace: 30 }
`,
    '7:20: director.grace: found 30, which has no unit; allowed: a duration with its unit (us, ms, s, m, h) from 1s to 1h, such as 1500ms or 2s',
  ],
  [
    'a grace of nothing',
    instance() +
      `director: { grace: 0s }
`,
    '7:20: director.grace: found "0s"; allowed: a duration with its unit (us, ms, s, m, h) from 1s to 1h, such as 1500ms or 2s',
  ],
  [
    'an unknown log level',
    instance() +
      `log: { level: verbose }
`,
    '7:15: log.level: found "verbose"; allowed: debug, info, warn, error',
  ],
];

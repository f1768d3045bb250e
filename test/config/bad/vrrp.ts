import { type BadFile, INSTANCE_KEYS, instance, instanceWith } from './row.js';

const BOTH =
  'version 2: a duration of whole seconds from 1s to 255s; version 3: a multiple of 10ms from 10ms to 40950ms';

export const rows: readonly BadFile[] = [
  [
    'a mapping where a list belongs',
    `vrrp:
  instances: { name: VI_1 }
`,
    '2:14: vrrp.instances: found a mapping; allowed: a list of instances',
  ],
  [
    'an instance that is a word',
    `vrrp:
  instances: [VI_1]
`,
    `2:15: vrrp.instances[0]: found "VI_1"; allowed: a mapping with ${INSTANCE_KEYS}`,
  ],
  [
    'an instance of nothing',
    `vrrp:
  instances: [{}]
`,
    '2:15: vrrp.instances[0].name: missing; allowed: a name of 1 to 63 letters, digits and _ . : / @ -, which begins with a letter or digit',
    '2:15: vrrp.instances[0].interface: missing; allowed: an interface name of 1 to 15 characters without spaces, "/" and ":"',
    '2:15: vrrp.instances[0].virtual_router_id: missing; allowed: a whole number from 1 to 255',
    '2:15: vrrp.instances[0].virtual_addresses: missing; allowed: a list of addresses such as 172.28.128.200/24',
  ],
  [
    'an unknown key',
    instance('virtual_router: 50'),
    `7:7: vrrp.instances[0].virtual_router: unknown key, did you mean virtual_router_id? allowed: ${INSTANCE_KEYS}`,
  ],
  [
    'a misspelled key',
    instance('adver_int: 1s'),
    `7:7: vrrp.instances[0].adver_int: unknown key, did you mean advert_int? allowed: ${INSTANCE_KEYS}`,
  ],
  [
    'a key as keepalived has it',
    instance('advert-int: 1s'),
    `7:7: vrrp.instances[0].advert-int: unknown key, did you mean advert_int? allowed: ${INSTANCE_KEYS}`,
  ],
  [
    'a preempt_delay without preemption',
    instance('preempt: false', 'preempt_delay: 5s'),
    '8:22: vrrp.instances[0].preempt_delay: found 5s, but with preempt: false a living master is never pushed aside; allowed: 0s, or no preempt_delay',
  ],
  [
    'a preempt_delay that is too long',
    instance('preempt_delay: 1001s'),
    '7:22: vrrp.instances[0].preempt_delay: found "1001s"; allowed: a duration with its unit (us, ms, s, m, h) from 0s to 1000s, such as 1500ms or 2s',
  ],
  ['a wrong type', instance('preempt: yes'), '7:16: vrrp.instances[0].preempt: found "yes"; allowed: true or false'],
  [
    'a priority in quotes',
    instance('priority: "100"'),
    '7:17: vrrp.instances[0].priority: found "100"; allowed: a whole number from 1 to 255',
  ],
  [
    'VRID 0',
    instanceWith('virtual_router_id', '0'),
    '5:26: vrrp.instances[0].virtual_router_id: found 0; allowed: a whole number from 1 to 255',
  ],
  [
    'VRID 256',
    instanceWith('virtual_router_id', '256'),
    '5:26: vrrp.instances[0].virtual_router_id: found 256; allowed: a whole number from 1 to 255',
  ],
  [
    'VRID 1.5',
    instanceWith('virtual_router_id', '1.5'),
    '5:26: vrrp.instances[0].virtual_router_id: found 1.5; allowed: a whole number from 1 to 255',
  ],
  [
    'priority 0',
    instance('priority: 0'),
    '7:17: vrrp.instances[0].priority: found 0; allowed: a whole number from 1 to 255',
  ],
  [
    'priority 256',
    instance('priority: 256'),
    '7:17: vrrp.instances[0].priority: found 256; allowed: a whole number from 1 to 255',
  ],
  ['version 1', instance('version: 1'), '7:16: vrrp.instances[0].version: found 1; allowed: 2, 3'],
  ['a version in quotes', instance('version: "3"'), '7:16: vrrp.instances[0].version: found "3"; allowed: 2, 3'],
  [
    'an interval without unit',
    instance('advert_int: 1'),
    `7:19: vrrp.instances[0].advert_int: found 1, which has no unit; allowed: ${BOTH}`,
  ],
  [
    'an interval without unit, as a text',
    instance('advert_int: "1"'),
    `7:19: vrrp.instances[0].advert_int: found "1", which has no unit; allowed: ${BOTH}`,
  ],
  [
    'an interval with a unit of its own',
    instance('advert_int: 1sec'),
    `7:19: vrrp.instances[0].advert_int: found "1sec"; allowed: ${BOTH}`,
  ],
  ['an interval of 0s', instance('advert_int: 0s'), `7:19: vrrp.instances[0].advert_int: found "0s"; allowed: ${BOTH}`],
  [
    'an interval above 255s',
    instance('version: 3', 'advert_int: 5m'),
    `8:19: vrrp.instances[0].advert_int: found "5m"; allowed: ${BOTH}`,
  ],
  [
    'an interval below a second in version 2',
    instance('advert_int: 100ms'),
    '7:19: vrrp.instances[0].advert_int: found 100ms, which is no whole number of seconds (VRRP version 2 sends the interval as whole seconds); allowed: a duration of whole seconds from 1s to 255s, or version: 3',
  ],
  [
    'an interval in version 2 that is no whole second',
    instance('version: 2', 'advert_int: 1.5s'),
    '8:19: vrrp.instances[0].advert_int: found 1500ms, which is no whole number of seconds (VRRP version 2 sends the interval as whole seconds); allowed: a duration of whole seconds from 1s to 255s, or version: 3',
  ],
  [
    'an interval in version 3 that is no multiple of 10ms',
    instance('version: 3', 'advert_int: 15ms'),
    '8:19: vrrp.instances[0].advert_int: found 15ms, which is no multiple of 10ms (VRRP version 3 sends the interval as hundredths of a second); allowed: a multiple of 10ms from 10ms to 40950ms',
  ],
  [
    'an interval that is more than version 3 can send',
    instance('version: 3', 'advert_int: 40960ms'),
    '8:19: vrrp.instances[0].advert_int: found 40960ms, which is more than VRRP version 3 can send; allowed: a multiple of 10ms from 10ms to 40950ms',
  ],
  [
    'a password in version 3',
    instance('version: 3', 'auth: { type: pass, pass: netology }'),
    '8:13: vrrp.instances[0].auth: found type pass, but VRRPv3 has no authentication (RFC 9568 took it out); allowed: type none, or no auth; a password needs version: 2',
  ],
  [
    'a checksum in version 2',
    instance('checksum: rfc9568'),
    '7:17: vrrp.instances[0].checksum: found rfc9568, but version 2 has one checksum only; allowed: this key with version: 3',
  ],
  [
    'a checksum that is none',
    instance('version: 3', 'checksum: crc32'),
    '8:17: vrrp.instances[0].checksum: found "crc32"; allowed: pseudo_header, rfc9568',
  ],
  [
    'all that version 3 cannot carry, at once',
    instance('version: 3', 'advert_int: 1234ms', 'auth: { type: pass, pass: netology }'),
    '8:19: vrrp.instances[0].advert_int: found 1234ms, which is no multiple of 10ms (VRRP version 3 sends the interval as hundredths of a second); allowed: a multiple of 10ms from 10ms to 40950ms',
    '9:13: vrrp.instances[0].auth: found type pass, but VRRPv3 has no authentication (RFC 9568 took it out); allowed: type none, or no auth; a password needs version: 2',
  ],
  [
    'an interface name of 16 characters',
    instanceWith('interface', 'abcdefghijklmnop'),
    '4:18: vrrp.instances[0].interface: found "abcdefghijklmnop"; allowed: an interface name of 1 to 15 characters without spaces, "/" and ":"',
  ],
  [
    'an interface name with a slash',
    instanceWith('interface', '../eth1'),
    '4:18: vrrp.instances[0].interface: found "../eth1"; allowed: an interface name of 1 to 15 characters without spaces, "/" and ":"',
  ],
  [
    'a name with spaces',
    instanceWith('name', 'first instance'),
    '3:13: vrrp.instances[0].name: found "first instance"; allowed: a name of 1 to 63 letters, digits and _ . : / @ -, which begins with a letter or digit',
  ],
  [
    'a name that is missing',
    instanceWith('name', ''),
    '3:13: vrrp.instances[0].name: found nothing; allowed: a name of 1 to 63 letters, digits and _ . : / @ -, which begins with a letter or digit',
  ],
  [
    'no virtual address',
    instanceWith('virtual_addresses', '[]'),
    '6:26: vrrp.instances[0].virtual_addresses: found an empty list; allowed: 1 to 255 addresses',
  ],
  [
    '256 virtual addresses',
    instanceWith(
      'virtual_addresses',
      `[${Array.from({ length: 256 }, (_, i) => `10.0.${i >> 4}.${(i & 15) + 1}`).join(', ')}]`,
    ),
    '6:26: vrrp.instances[0].virtual_addresses: found 256 addresses; allowed: 1 to 255, because the advert counts them in one byte; more belong in excluded_addresses',
  ],
  [
    'an IPv6 address',
    instanceWith('virtual_addresses', '["2001:db8::1/64"]'),
    '6:27: vrrp.instances[0].virtual_addresses[0]: found 2001:db8::1/64, but VRRP version 2 carries IPv4 only; allowed: version: 3, or the address in excluded_addresses',
  ],
  [
    'an address that is none',
    instanceWith('virtual_addresses', '[172.28.128, localhost, 172.28.128.300/24, 172.28.128.01]'),
    '6:27: vrrp.instances[0].virtual_addresses[0]: found "172.28.128"; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '6:39: vrrp.instances[0].virtual_addresses[1]: found "localhost"; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '6:50: vrrp.instances[0].virtual_addresses[2]: found "172.28.128.300/24", which has a number above 255; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '6:69: vrrp.instances[0].virtual_addresses[3]: found "172.28.128.01", which has a number with a leading zero; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
  ],
  [
    'a prefix length of 33',
    instanceWith('virtual_addresses', '[172.28.128.200/33]'),
    '6:27: vrrp.instances[0].virtual_addresses[0]: found "172.28.128.200/33", which has a prefix length that is not 0 to 32; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
  ],
  [
    'addresses that no host can have',
    instanceWith('virtual_addresses', '[0.0.0.0, 127.0.0.1, 224.0.0.18, 255.255.255.255]'),
    '6:27: vrrp.instances[0].virtual_addresses[0]: found "0.0.0.0", which begins with 0 and is no host address; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '6:36: vrrp.instances[0].virtual_addresses[1]: found "127.0.0.1", which is a loopback address; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '6:47: vrrp.instances[0].virtual_addresses[2]: found "224.0.0.18", which is a multicast address; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '6:59: vrrp.instances[0].virtual_addresses[3]: found "255.255.255.255", which is no host address; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
  ],
  [
    'an address that stands twice',
    instanceWith('virtual_addresses', '[172.28.128.200/24, 172.28.128.200/32]'),
    '6:46: vrrp.instances[0].virtual_addresses[1]: found 172.28.128.200 on eth1, which is vrrp.instances[0].virtual_addresses[0] already; allowed: each address once',
  ],
  [
    'a long address with a misspelled key',
    instanceWith('virtual_addresses', '[{ adress: 172.28.128.200/24 }]'),
    '6:27: vrrp.instances[0].virtual_addresses[0].address: missing; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '6:29: vrrp.instances[0].virtual_addresses[0].adress: unknown key, did you mean address? allowed: address, interface, broadcast, scope, while_up, label',
  ],
  [
    'a long address with a wrong scope and broadcast',
    instanceWith('virtual_addresses', '[{ address: 172.28.128.200/24, scope: world, broadcast: 172.28.128 }]'),
    '6:64: vrrp.instances[0].virtual_addresses[0].scope: found "world"; allowed: global, site, link, host',
    '6:82: vrrp.instances[0].virtual_addresses[0].broadcast: found "172.28.128"; allowed: an IPv4 address such as 10.0.0.1',
  ],
  [
    'a label of another interface',
    instanceWith('virtual_addresses', '[{ address: 172.28.128.200/24, label: eth0:vip }]'),
    '6:64: vrrp.instances[0].virtual_addresses[0].label: found "eth0:vip"; allowed: a label that begins with the interface, such as eth1:vip',
  ],
  [
    'a track script that is not declared',
    instance('track: { scripts: [chk_web] }'),
    '7:26: vrrp.instances[0].track.scripts[0]: found chk_web, which track.scripts does not declare; allowed: none, as there are no scripts',
  ],
  [
    'a track script that is named twice',
    `track:
  scripts:
    - { name: chk, command: [/bin/true] }
    - { name: other, command: [/bin/true] }
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [172.28.128.200/24]
      track: { scripts: [chk, chk, othr] }
`,
    '11:31: vrrp.instances[0].track.scripts[1]: found chk a second time; allowed: each script once',
    '11:36: vrrp.instances[0].track.scripts[2]: found othr, which track.scripts does not declare, did you mean other? allowed: chk, other',
  ],
  [
    'a tracked interface with a weight out of range, a delay without unit and an unknown key',
    instance('track: { interfaces: [{ name: eth1, weight: 254, up_delay: 1, dely: 2s }, eth1] }'),
    '7:51: vrrp.instances[0].track.interfaces[0].weight: found 254; allowed: a whole number from -253 to 253',
    '7:66: vrrp.instances[0].track.interfaces[0].up_delay: found 1, which has no unit; allowed: a duration with its unit (us, ms, s, m, h) from 0s to 1h, such as 1500ms or 2s',
    '7:69: vrrp.instances[0].track.interfaces[0].dely: unknown key; allowed: name, weight, reverse, up_delay, down_delay',
  ],
  [
    'garp out of range',
    instance('garp: { first: -1, delay: 5, second: many }'),
    '7:22: vrrp.instances[0].garp.first: found -1; allowed: a whole number from 0 to 100',
    '7:33: vrrp.instances[0].garp.delay: found 5, which has no unit; allowed: a duration with its unit (us, ms, s, m, h) from 100ms to 1h, such as 1500ms or 2s',
    '7:44: vrrp.instances[0].garp.second: found "many"; allowed: a whole number from 0 to 100',
  ],
  [
    'two instances with one VRID on one interface',
    instance() +
      `    - name: VI_2
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [172.28.128.201/24]
`,
    '9:26: vrrp.instances[1].virtual_router_id: found 50, which vrrp.instances[0] has on eth1 already; allowed: each VRID once on an interface',
  ],
  [
    'two instances with one name',
    instance() +
      `    - name: VI_1
      interface: eth2
      virtual_router_id: 50
      virtual_addresses: [172.28.128.201/24]
`,
    '7:13: vrrp.instances[1].name: found VI_1, the name of vrrp.instances[0]; allowed: each name once',
  ],
  [
    'two instances with one address',
    instance() +
      `    - name: VI_2
      interface: eth1
      virtual_router_id: 51
      virtual_addresses: [172.28.128.200/24]
`,
    '10:27: vrrp.instances[1].virtual_addresses[0]: found 172.28.128.200 on eth1, which is vrrp.instances[0].virtual_addresses[0] already; allowed: each address once',
  ],
];

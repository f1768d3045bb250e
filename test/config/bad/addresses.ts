import { type BadFile, instance, instanceWith } from './row.js';

const addresses = (text: string): string => instanceWith('virtual_addresses', text);
const v3 = (text: string): string =>
  addresses(text).replace('      interface: eth1\n', '      interface: eth1\n      version: 3\n');
const route = (text: string): string => instance(`routes: [${text}]`);
const rule = (text: string): string => instance(`rules: [${text}]`);

export const rows: readonly BadFile[] = [
  [
    'IPv6 that is not link-local first',
    v3('[2001:db8::1/64]'),
    '7:27: vrrp.instances[0].virtual_addresses[0]: found 2001:db8::1/64; allowed: a link-local address such as fe80::1/64 first, which hosts have for their router (RFC 9568 §5.2.9)',
  ],
  [
    'both families in one advert',
    v3('[fe80::1/64, 10.0.0.1/24]'),
    '7:39: vrrp.instances[0].virtual_addresses[1]: found 10.0.0.1/24 beside fe80::1/64: an advert carries one family; allowed: one family, the other one in excluded_addresses or in an instance of its own',
  ],
  [
    'what IPv6 addresses do not have',
    instance('excluded_addresses: [{ address: 2001:db8::1/64, broadcast: 10.0.0.255, label: eth1:x, scope: link }]'),
    '7:66: vrrp.instances[0].excluded_addresses[0].broadcast: found 10.0.0.255, but IPv6 has no broadcast; allowed: without broadcast',
    '7:85: vrrp.instances[0].excluded_addresses[0].label: found "eth1:x", but only IPv4 addresses have labels; allowed: without label',
    '7:100: vrrp.instances[0].excluded_addresses[0].scope: found link, but an IPv6 address says its scope itself; allowed: without scope',
  ],
  [
    'IPv6 addresses that no host can have',
    instance(
      'excluded_addresses: ["::", "::1", ff02::1, ::ffff:10.0.0.1, fe80::1%eth0, 2001:db8::1/129, 2001:db8:::1]',
    ),
    '7:28: vrrp.instances[0].excluded_addresses[0]: found "::", which is the unspecified address; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '7:34: vrrp.instances[0].excluded_addresses[1]: found "::1", which is a loopback address; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '7:41: vrrp.instances[0].excluded_addresses[2]: found "ff02::1", which is a multicast address; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '7:50: vrrp.instances[0].excluded_addresses[3]: found "::ffff:10.0.0.1", which is an IPv4 address in IPv6 form; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '7:67: vrrp.instances[0].excluded_addresses[4]: found "fe80::1%eth0", which has a zone: name the interface in a key of its own; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '7:81: vrrp.instances[0].excluded_addresses[5]: found "2001:db8::1/129", which has a prefix length that is not 0 to 128; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
    '7:98: vrrp.instances[0].excluded_addresses[6]: found "2001:db8:::1", which is no IPv6 address; allowed: an address with its prefix length, such as 172.28.128.200/24 or 2001:db8::200/64',
  ],
  [
    'an address in both lists',
    instance('excluded_addresses: [172.28.128.200/32]'),
    '7:28: vrrp.instances[0].excluded_addresses[0]: found 172.28.128.200 on eth1, which is vrrp.instances[0].virtual_addresses[0] already; allowed: each address once',
  ],
  [
    'more excluded addresses than there may be',
    instance(`excluded_addresses: [${Array.from({ length: 10_001 }, () => 'x').join(', ')}]`),
    '7:27: vrrp.instances[0].excluded_addresses: found 10001 addresses; allowed: 10000 at most',
  ],
  [
    'a route without a way',
    route('{ to: default }'),
    '7:16: vrrp.instances[0].routes[0]: found neither via nor interface nor nexthops; allowed: one of these, or type blackhole, unreachable, prohibit',
    '7:16: vrrp.instances[0].routes[0].family: missing; allowed: 4 or 6, because nothing else here says which default is meant',
  ],
  [
    'a default route of which family',
    route('{ to: default, interface: eth1 }'),
    '7:16: vrrp.instances[0].routes[0].family: missing; allowed: 4 or 6, because nothing else here says which default is meant',
  ],
  [
    'a route of two families',
    route('{ to: 10.0.0.0/8, via: 2001:db8::1, source: 2001:db8::2 }'),
    '7:39: vrrp.instances[0].routes[0].via: found 2001:db8::1; allowed: an IPv4 address',
    '7:60: vrrp.instances[0].routes[0].source: found 2001:db8::2; allowed: an IPv4 address',
  ],
  [
    'a route with ways in two places',
    route('{ to: 10.0.0.0/8, via: 10.1.0.1, onlink: true, nexthops: [{}] }'),
    '7:39: vrrp.instances[0].routes[0].via: found 10.1.0.1 beside nexthops; allowed: one of both',
    '7:57: vrrp.instances[0].routes[0].onlink: found true beside nexthops; allowed: false',
    '7:74: vrrp.instances[0].routes[0].nexthops[0]: found neither via nor interface; allowed: one of both, or both',
  ],
  [
    'a blackhole with a gateway',
    route('{ to: 10.0.0.0/8, via: 10.1.0.1, type: blackhole }'),
    '7:39: vrrp.instances[0].routes[0].via: found 10.1.0.1 beside type blackhole; allowed: one of both',
  ],
  [
    'a route to a host’s address with a prefix',
    route('{ to: 10.0.0.1/8, via: 10.1.0.1 }'),
    '7:22: vrrp.instances[0].routes[0].to: found "10.0.0.1/8", which has bits set behind its prefix; allowed: default, or a network such as 10.1.0.0/16 or 2001:db8:1::/48',
  ],
  [
    'a route to nowhere',
    route('{ to: all, via: 10.1.0.1 }'),
    '7:22: vrrp.instances[0].routes[0].to: found "all"; allowed: default, or a network such as 10.1.0.0/16 or 2001:db8:1::/48',
  ],
  [
    'a scope and a small MTU of IPv6',
    route('{ to: 2001:db8::/32, via: fe80::1, interface: eth1, scope: link, mtu: 576 }'),
    '7:75: vrrp.instances[0].routes[0].scope: found link, but IPv6 routes have none',
    '7:86: vrrp.instances[0].routes[0].mtu: found 576; allowed: 1280 at least, IPv6’s smallest',
  ],
  [
    'onlink without an interface',
    route('{ to: 10.0.0.0/8, via: 10.1.0.1, onlink: true }, { to: 2001:db8::/32, via: fe80::1 }'),
    '7:57: vrrp.instances[0].routes[0].onlink: found true without via or interface; allowed: true with both',
    '7:65: vrrp.instances[0].routes[1].interface: missing; allowed: an interface name, because a link-local gateway is on any link',
  ],
  [
    'a route twice',
    route('{ to: 10.0.0.0/8, via: 10.1.0.1 }, { to: 10.0.0.0/8, via: 10.1.0.2 }'),
    '7:51: vrrp.instances[0].routes[1]: found route 10.0.0.0/8, table 254, metric default, which is vrrp.instances[0].routes[0] already; allowed: each once',
  ],
  [
    'a rule without table and priority',
    rule('{ from: 10.0.0.0/8 }'),
    '7:15: vrrp.instances[0].rules[0].table: missing; allowed: a whole number from 1 to 4294967295',
    '7:15: vrrp.instances[0].rules[0].priority: missing; allowed: a whole number from 1 to 4294967295',
  ],
  [
    'a rule of two families',
    rule('{ from: 10.0.0.0/8, to: 2001:db8::/32, table: 1, priority: 1 }'),
    '7:39: vrrp.instances[0].rules[0].to: found 2001:db8::/32; allowed: an IPv4 network',
  ],
  [
    'a mask without a mark',
    rule('{ mask: 255, table: 1, priority: 1 }'),
    '7:23: vrrp.instances[0].rules[0].mask: found 255 without fwmark; allowed: both',
  ],
  [
    'rules that the kernel does not tell apart',
    rule('{ from: 10.0.0.0/8, table: 1, priority: 1 }, { from: 10.0.0.0/8, fwmark: 1, table: 2, priority: 1 }'),
    '7:60: vrrp.instances[0].rules[1]: found a rule with priority 1 that the kernel does not tell from vrrp.instances[0].rules[0], because one of them matches nothing that the other does not name; allowed: another priority',
  ],
];

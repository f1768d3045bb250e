import { expect, test } from 'vitest';
import { type LocalRoutes, localRoutes4, localRoutes6 } from '../../src/config/local-routes.js';
import { formatCidr } from '../../src/values/ip.js';

/** Linux 6.18, with `ip route add local 10.9.0.0/24 dev lo`, and of everything in a table for TPROXY; what belongs to other types is left in. */
const TRIE = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.0.0.0/8 2 0 2
        |-- 10.9.0.0
           /24 host LOCAL
        |-- 10.1.0.0
           /16 link UNICAST
           /32 link BROADCAST
        |-- 10.1.0.2
           /32 host LOCAL tos=0
Local:
  +-- 127.0.0.0/31 1 0 0
     |-- 127.0.0.0
        /31 link UNREACHABLE
        /8 host LOCAL
Id 100:
  +-- 0.0.0.0/0 2 0 2
     |-- 0.0.0.0
        /0 host LOCAL
`;

/** The same with `ip -6 route add local 2001:db8:9::/64 dev lo`. */
const ROUTES = `fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
20010db8000900000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000001 00000000 80000001       lo
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 00000400 00000001 00000000 80000001       lo
fd000000000000000000000000000002 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000004 00000000 80200001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

const listed = (text: string, read: LocalRoutes): string[] =>
  text.split('\n').flatMap((line) => {
    const route = read(line);
    return route === null ? [] : [formatCidr(route)];
  });

test('the local routes of IPv4 are read from the kernel’s tree', () => {
  expect(listed(TRIE, localRoutes4())).toEqual(['10.9.0.0/24', '10.1.0.2/32', '127.0.0.0/8']);
  expect(listed('', localRoutes4())).toEqual([]);
});

test('the local routes of IPv6 are read from the kernel’s table', () => {
  expect(listed(ROUTES, localRoutes6())).toEqual(['2001:db8:9::/64', 'fd00::2/128']);
  expect(listed('', localRoutes6())).toEqual([]);
});

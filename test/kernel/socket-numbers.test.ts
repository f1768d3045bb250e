import { expect, it } from 'vitest';
import * as numbers from '../../src/kernel/socket-numbers.js';
import { ipMreqn, ipv6Mreq, sockaddrIn, sockaddrLl } from '../../src/kernel/socket-structs.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import type { Ipv6 } from '../../src/values/ipv6.js';
import { acceptAdverts } from '../../src/wire/bpf.js';
import { fromHeaders } from './support/headers.js';

const dump = (expression: string): string =>
  `{ const unsigned char *p = (const void *)&(${expression}); for (size_t i = 0; i < sizeof(${expression}); i++) printf("%02x", p[i]); puts(""); }`;

it('every number is the one in the kernel’s headers', () => {
  const names = Object.keys(numbers);
  const found = fromHeaders(names.map((name) => `printf("%s %lld\\n", "${name}", (long long)${name});`).join('\n'));
  const expected = Object.entries(numbers).map(([name, value]) => `${name} ${value}\n`);
  expect(found).toBe(expected.join(''));
});

it('every struct is laid out as the kernel’s headers do', () => {
  const found = fromHeaders(`
    struct ip_mreqn m = { .imr_multiaddr.s_addr = inet_addr("224.0.0.18"), .imr_ifindex = 0x01020304 }; ${dump('m')}
    struct ipv6_mreq m6 = { .ipv6mr_interface = 0x01020304 }; inet_pton(AF_INET6, "ff02::12", &m6.ipv6mr_multiaddr); ${dump('m6')}
    struct sockaddr_in6 s6 = { .sin6_family = AF_INET6 }; inet_pton(AF_INET6, "fe80::1", &s6.sin6_addr); ${dump('s6')}
    struct sockaddr_ll l = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = 0x01020304, .sll_halen = 6,
      .sll_addr = { 1, 2, 3, 4, 5, 6 } }; ${dump('l')}`);
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  expect(found.trim().split('\n')).toEqual([
    hex(ipMreqn('224.0.0.18' as Ipv4, 0x0102_0304)),
    hex(ipv6Mreq('ff02::12' as Ipv6, 0x0102_0304)),
    hex(sockaddrIn('fe80::1' as Ipv6)),
    hex(sockaddrLl(0x0102_0304, numbers.ETH_P_ARP, Uint8Array.from([1, 2, 3, 4, 5, 6]))),
  ]);
});

it('every instruction of the packet filter is the one that the kernel’s macros make', () => {
  const found = fromHeaders(`
    struct sock_filter f[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xe0000012, 1, 0), BPF_STMT(BPF_JMP | BPF_JA, 19),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 255, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 12, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x3133, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0x40000),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 16, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x2132, 0, 1), BPF_STMT(BPF_RET | BPF_K, 0x40000),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
    }; ${dump('f')}`);
  const routers = [
    { virtualRouterId: 50, version: 2, family: 4, unicast: null },
    { virtualRouterId: 51, version: 3, family: 4, unicast: null },
  ] as const;
  expect(found.trim()).toBe(Buffer.from(acceptAdverts(routers, 4)).toString('hex'));
});

it('every instruction of the packet filter behind an IPv6 header is the one that the kernel’s macros make', () => {
  const found = fromHeaders(`
    struct sock_filter f[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + 24),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xff020000, 1, 0), BPF_STMT(BPF_JMP | BPF_JA, 17),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + 28),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_JMP | BPF_JA, 14),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + 32),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0), BPF_STMT(BPF_JMP | BPF_JA, 11),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + 36),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x12, 1, 0), BPF_STMT(BPF_JMP | BPF_JA, 8),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, SKF_NET_OFF + 7),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 255, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 24, 1, 0), BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0),
    }; ${dump('f')}`);
  expect(found.trim()).toBe(Buffer.from(acceptAdverts([], 6)).toString('hex'));
});

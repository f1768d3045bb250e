import { expect, it } from 'vitest';
import { native } from '../../src/kernel/native.js';
import type { Listened } from '../../src/ports/lan.js';
import type { Family, Ip } from '../../src/values/ip.js';
import { acceptAdverts, acceptOthers } from '../../src/wire/bpf.js';

const [AF_INET, SOCK_DGRAM] = [2, 2];

/** Routers of every VRID: every other one of version 2 over IPv4, every third to peers of its own. */
const routers = (family: Family, peersEach: number): Listened[] =>
  Array.from({ length: 255 }, (_, i) => {
    const peers = Array.from({ length: peersEach }, (__, n) => ({
      address: (family === 4 ? `10.${n}.0.${i}` : `fd00:${n}::${i + 1}`) as Ip,
      minTtl: 255,
      maxTtl: 255,
    }));
    const unicast = peersEach > 0 && i % 3 === 0 ? { peers, anySource: false, ttl: 255 } : null;
    return { virtualRouterId: i + 1, version: family === 4 && i % 2 === 0 ? 2 : 3, family, unicast };
  });

it.each([
  [4, 0],
  [4, 1],
  [4, 40],
  [6, 0],
  [6, 1],
  [6, 40],
] as const)('the kernel takes the filters for 255 routers of IPv%i, every third with %i peers', (family, peersEach) => {
  const fd = native.socket(AF_INET, SOCK_DGRAM, 0);
  try {
    for (const program of [acceptAdverts, acceptOthers]) {
      expect(() => native.attachFilter(fd, program(routers(family, peersEach), family))).not.toThrow();
    }
  } finally {
    native.close(fd);
  }
});

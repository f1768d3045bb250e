import { z } from 'zod';
import { timing, way } from './check-shared.js';
import { mapping, whole } from './fields.js';

/** `check: { type: icmp }` */
export const icmp = mapping({
  type: z
    .literal('icmp')
    .describe('An echo request (ping) is answered: ICMP where the address is IPv4, ICMPv6 where it is IPv6.'),
  size: whole(16, 65_400)
    .prefault(56)
    .describe('So many bytes behind the ICMP header; more than the path’s MTU is sent in fragments.'),
  ...way,
  ...timing,
});

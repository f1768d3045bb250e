import { encode, give, type Instruction, JUMP_EQUAL, LOAD_BYTE, load, NOTHING, WHOLE } from '../wire/bpf-program.js';
import { LITTLE_ENDIAN } from '../wire/netlink.js';
import { SIZEOF_NLMSGHDR } from '../wire/netlink-constants.js';
import { OUR_PROTOCOL } from './way-messages.js';
import * as W from './way-numbers.js';

/** The numbers in question are below 256, and netlink has them in the host's order. */
const TYPE = LITTLE_ENDIAN ? 4 : 5;
const FLAGS_ABOVE = LITTLE_ENDIAN ? 7 : 6;
/** rtm_protocol in struct rtmsg. */
const PROTOCOL = SIZEOF_NLMSGHDR + 5;

/**
 * A socket filter that lets through what may have taken one of ours away: a route of ours removed, a route put in
 * another's place, a rule removed. A router with all routes of the internet sees thousands of others.
 */
export function onlyLosses(): Uint8Array {
  const equal = (operand: number, ifTrue: number, ifFalse = 0): Instruction => ({
    code: JUMP_EQUAL,
    ifTrue,
    ifFalse,
    operand,
  });
  return encode([
    load(LOAD_BYTE, TYPE),
    equal(W.RTM_DELRULE, 6),
    equal(W.RTM_DELROUTE, 1),
    equal(W.RTM_NEWROUTE, 2, 5),
    load(LOAD_BYTE, PROTOCOL),
    equal(OUR_PROTOCOL, 2, 3),
    load(LOAD_BYTE, FLAGS_ABOVE),
    equal(W.NLM_F_REPLACE >> 8, 0, 1),
    give(WHOLE),
    give(NOTHING),
  ]);
}

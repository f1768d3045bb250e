import { type Ip, ipToBytes, isIpv6 } from '../values/ip.js';
import { Attributes, LITTLE_ENDIAN, type NetlinkMessage, NetlinkWriter } from './netlink.js';
import { NLM_F_ACK, NLM_F_REQUEST } from './netlink-constants.js';
import * as N from './nftables-constants.js';

/** The table's name, in family inet: what `nft list ruleset` shows is this table and nothing else of ours. */
export const TABLE = 'directord';
const CHAIN = 'input';
/** How many rules the chain has. */
export const RULES = 4;
/**
 * Behind IPVS, which takes packets of its services away at 98 and 99 of the same hook (net/netfilter/ipvs/ip_vs_core.c): what
 * comes this far would be the host's own.
 */
const PRIORITY = 150;
/** lo's index in each network namespace (LOOPBACK_IFINDEX in <linux/net.h>). */
const LO = 1;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;

/** The sets of addresses: their number in the batch, key type as `nft` names them, and where the destination stands. */
const SETS = [
  { id: 1, name: 'addresses4', type: 7, size: 4, protocol: N.NFPROTO_IPV4, offset: 16 },
  { id: 2, name: 'addresses6', type: 8, size: 16, protocol: N.NFPROTO_IPV6, offset: 24 },
] as const;
type AddressSet = (typeof SETS)[number];

/**
 * Drops what comes from outside to one of the addresses, but for IPv6's neighbour discovery: in place of a table of ours that
 * is there. Each batch goes alone, the next when it is answered; the first makes all of it for the first addresses, so that
 * with no more than ELEMENTS_AT_ONCE there is no moment in between. One answer comes, or an error for each refused message.
 */
export function encodeInstallFilter(addresses: readonly Ip[], sequence: number): Uint8Array[] {
  const first = addresses.slice(0, ELEMENTS_AT_ONCE);
  const batches = [
    batch(sequence, (begin) => {
      // Made where there is none, so that it can be removed; then anew.
      deleteAnyTable(begin);
      table(begin);
      for (const set of SETS) newSet(begin, set);
      for (const set of SETS) elements(begin, set, first);
      chain(begin);
      const [four, six] = SETS;
      rule(begin, (w) => dropTo(w, four));
      rule(begin, (w) => acceptIcmpv6(w, NEIGHBOUR_SOLICITATION));
      rule(begin, (w) => acceptIcmpv6(w, NEIGHBOUR_ADVERTISEMENT));
      rule(begin, (w) => dropTo(w, six));
    }),
  ];
  for (let from = ELEMENTS_AT_ONCE; from < addresses.length; from += ELEMENTS_AT_ONCE) {
    const more = addresses.slice(from, from + ELEMENTS_AT_ONCE);
    batches.push(
      batch(sequence, (begin) => {
        for (const set of SETS) elements(begin, set, more);
      }),
    );
  }
  return batches;
}

/** Removes the table, where there is one. */
export const encodeRemoveFilter = (sequence: number): Uint8Array => batch(sequence, deleteAnyTable);

/** Asks whether the chain is there. */
export function encodeGetFilter(sequence: number): Uint8Array {
  const w = new NetlinkWriter(128);
  w.beginWith(typeOf(N.NFT_MSG_GETCHAIN), NLM_F_REQUEST | NLM_F_ACK, sequence, header(N.NFPROTO_INET));
  w.string(N.NFTA_CHAIN_TABLE, TABLE);
  w.string(N.NFTA_CHAIN_NAME, CHAIN);
  w.end();
  return w.take();
}

/** How many rules the chain has that {@link encodeGetFilter} asked for; null when this is no answer to it. */
export function decodeFilter(message: NetlinkMessage): number | null {
  if (message.type !== typeOf(N.NFT_MSG_NEWCHAIN)) return null;
  const { bytes, view, start, end } = message;
  return new Attributes(bytes, start + 4, end, N.NFTA_CHAIN_TYPE, view).be32(N.NFTA_CHAIN_USE);
}

/** Opens the next message of a batch, and gives what to write it with. */
type Begin = (kind: number, flags: number, fill: (w: NetlinkWriter) => void) => void;

const typeOf = (kind: number): number => (N.NFNL_SUBSYS_NFTABLES << 8) | kind;

/** A struct nfgenmsg: family, version, and a resource number in network order. */
const header = (family: number, resource = 0): Uint8Array => Uint8Array.of(family, 0, resource >> 8, resource & 0xff);

/** All of it is carried out or nothing. The last message of the work asks for the answer; a refused one answers anyway. */
function batch(sequence: number, work: (begin: Begin) => void): Uint8Array {
  const w = new NetlinkWriter(8192);
  let next = sequence;
  const limit = (type: number): void => {
    w.beginWith(type, NLM_F_REQUEST, next++, header(0, N.NFNL_SUBSYS_NFTABLES));
    w.end();
  };
  limit(N.NFNL_MSG_BATCH_BEGIN);
  work((kind, flags, fill) => {
    w.beginWith(typeOf(kind), NLM_F_REQUEST | flags, next++, header(N.NFPROTO_INET));
    fill(w);
    w.end();
  });
  w.addFlags(NLM_F_ACK);
  limit(N.NFNL_MSG_BATCH_END);
  return w.take();
}

const table = (begin: Begin): void =>
  begin(N.NFT_MSG_NEWTABLE, N.NLM_F_CREATE, (w) => w.string(N.NFTA_TABLE_NAME, TABLE));

function deleteAnyTable(begin: Begin): void {
  table(begin);
  begin(N.NFT_MSG_DELTABLE, 0, (w) => w.string(N.NFTA_TABLE_NAME, TABLE));
}

const newSet = (begin: Begin, set: AddressSet): void =>
  begin(N.NFT_MSG_NEWSET, N.NLM_F_CREATE, (w) => {
    w.string(N.NFTA_SET_TABLE, TABLE);
    w.string(N.NFTA_SET_NAME, set.name);
    w.be32(N.NFTA_SET_KEY_TYPE, set.type);
    w.be32(N.NFTA_SET_KEY_LEN, set.size);
    w.be32(N.NFTA_SET_ID, set.id);
  });

/** A batch is one datagram, which is to stay below 32 KiB; an attribute's length has 16 bits. */
const ELEMENTS_AT_ONCE = 500;

function elements(begin: Begin, set: AddressSet, addresses: readonly Ip[]): void {
  const ofFamily = addresses.filter((address) => isIpv6(address) === (set.protocol === N.NFPROTO_IPV6));
  if (ofFamily.length === 0) return;
  begin(N.NFT_MSG_NEWSETELEM, N.NLM_F_CREATE, (w) => {
    w.string(N.NFTA_SET_ELEM_LIST_TABLE, TABLE);
    w.string(N.NFTA_SET_ELEM_LIST_SET, set.name);
    w.be32(N.NFTA_SET_ELEM_LIST_SET_ID, set.id);
    nest(w, N.NFTA_SET_ELEM_LIST_ELEMENTS, () => {
      for (const address of ofFamily) {
        nest(w, N.NFTA_LIST_ELEM, () => data(w, N.NFTA_SET_ELEM_KEY, ipToBytes(address)));
      }
    });
  });
}

const chain = (begin: Begin): void =>
  begin(N.NFT_MSG_NEWCHAIN, N.NLM_F_CREATE, (w) => {
    w.string(N.NFTA_CHAIN_TABLE, TABLE);
    w.string(N.NFTA_CHAIN_NAME, CHAIN);
    nest(w, N.NFTA_CHAIN_HOOK, () => {
      w.be32(N.NFTA_HOOK_HOOKNUM, N.NF_INET_LOCAL_IN);
      w.be32(N.NFTA_HOOK_PRIORITY, PRIORITY);
    });
    w.be32(N.NFTA_CHAIN_POLICY, N.NF_ACCEPT);
    w.string(N.NFTA_CHAIN_TYPE, 'filter');
  });

const rule = (begin: Begin, expressions: (w: NetlinkWriter) => void): void =>
  begin(N.NFT_MSG_NEWRULE, N.NLM_F_CREATE | N.NLM_F_APPEND, (w) => {
    w.string(N.NFTA_RULE_TABLE, TABLE);
    w.string(N.NFTA_RULE_CHAIN, CHAIN);
    nest(w, N.NFTA_RULE_EXPRESSIONS, () => expressions(w));
  });

/** Not over lo: the host's own programs may reach the address. */
function dropTo(w: NetlinkWriter, set: AddressSet): void {
  compareMeta(w, N.NFT_META_NFPROTO, N.NFT_CMP_EQ, Uint8Array.of(set.protocol));
  compareMeta(w, N.NFT_META_IIF, N.NFT_CMP_NEQ, hostOrder(LO));
  payload(w, N.NFT_PAYLOAD_NETWORK_HEADER, set.offset, set.size);
  expression(w, 'lookup', () => {
    w.string(N.NFTA_LOOKUP_SET, set.name);
    w.be32(N.NFTA_LOOKUP_SREG, N.NFT_REG_1);
    w.be32(N.NFTA_LOOKUP_SET_ID, set.id);
  });
  // For people: nft shows how many packets it was.
  expression(w, 'counter', () => {});
  verdict(w, N.NF_DROP);
}

function acceptIcmpv6(w: NetlinkWriter, type: number): void {
  compareMeta(w, N.NFT_META_NFPROTO, N.NFT_CMP_EQ, Uint8Array.of(N.NFPROTO_IPV6));
  compareMeta(w, N.NFT_META_L4PROTO, N.NFT_CMP_EQ, Uint8Array.of(N.IPPROTO_ICMPV6));
  payload(w, N.NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1);
  compare(w, N.NFT_CMP_EQ, Uint8Array.of(type));
  verdict(w, N.NF_ACCEPT);
}

function compareMeta(w: NetlinkWriter, key: number, operation: number, value: Uint8Array): void {
  expression(w, 'meta', () => {
    w.be32(N.NFTA_META_KEY, key);
    w.be32(N.NFTA_META_DREG, N.NFT_REG_1);
  });
  compare(w, operation, value);
}

const compare = (w: NetlinkWriter, operation: number, value: Uint8Array): void =>
  expression(w, 'cmp', () => {
    w.be32(N.NFTA_CMP_SREG, N.NFT_REG_1);
    w.be32(N.NFTA_CMP_OP, operation);
    data(w, N.NFTA_CMP_DATA, value);
  });

const payload = (w: NetlinkWriter, base: number, offset: number, length: number): void =>
  expression(w, 'payload', () => {
    w.be32(N.NFTA_PAYLOAD_DREG, N.NFT_REG_1);
    w.be32(N.NFTA_PAYLOAD_BASE, base);
    w.be32(N.NFTA_PAYLOAD_OFFSET, offset);
    w.be32(N.NFTA_PAYLOAD_LEN, length);
  });

const verdict = (w: NetlinkWriter, code: number): void =>
  expression(w, 'immediate', () => {
    w.be32(N.NFTA_IMMEDIATE_DREG, N.NFT_REG_VERDICT);
    nest(w, N.NFTA_IMMEDIATE_DATA, () => nest(w, N.NFTA_DATA_VERDICT, () => w.be32(N.NFTA_VERDICT_CODE, code)));
  });

function expression(w: NetlinkWriter, name: string, fill: () => void): void {
  nest(w, N.NFTA_LIST_ELEM, () => {
    w.string(N.NFTA_EXPR_NAME, name);
    nest(w, N.NFTA_EXPR_DATA, fill);
  });
}

const data = (w: NetlinkWriter, type: number, value: Uint8Array): void =>
  nest(w, type, () => w.room(N.NFTA_DATA_VALUE, value.length).set(value));

function nest(w: NetlinkWriter, type: number, fill: () => void): void {
  const mark = w.openNest(type);
  fill();
  w.closeNest(mark);
}

function hostOrder(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, LITTLE_ENDIAN);
  return bytes;
}

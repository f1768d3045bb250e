import type { PacketFilter } from '../ports/packet-filter.js';
import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import { decodeVerdict, netlinkAddress } from '../wire/generic-netlink.js';
import { decodeMessages, type NetlinkMessage } from '../wire/netlink.js';
import * as N from '../wire/netlink-constants.js';
import {
  decodeFilter,
  encodeGetFilter,
  encodeInstallFilter,
  encodeRemoveFilter,
  RULES,
  TABLE,
} from '../wire/nftables.js';
import { NETLINK_NETFILTER } from '../wire/nftables-constants.js';
import { failureOf } from './failure.js';
import { errnoName } from './generic-netlink.js';
import { native as addon, type Native } from './native.js';

const TIMEOUT_MS = 5_000;
const DETAIL = `table inet ${TABLE}`;
/** What the kernel says when it has no nf_tables, and cannot load it. */
const ABSENT = ['EOPNOTSUPP', 'EPROTONOSUPPORT', 'EAFNOSUPPORT'];

/** A table of nf_tables in this network namespace, off the event loop. Needs CAP_NET_ADMIN, and no `nft`. */
export class KernelPacketFilter implements PacketFilter {
  readonly #native: Native;

  constructor(native: Native = addon) {
    this.#native = native;
  }

  async install(addresses: readonly Ip[]): Promise<Failure | null> {
    for (const batch of encodeInstallFilter(addresses, 1)) {
      const failure = await this.#change('packet-filter.install', batch);
      if (failure !== null) return failure;
    }
    return null;
  }

  remove(): Promise<Failure | null> {
    return this.#change('packet-filter.remove', encodeRemoveFilter(1));
  }

  async stands(): Promise<boolean | Failure> {
    const what = 'packet-filter.look';
    const asked = await this.#ask(what, encodeGetFilter(1));
    if ('code' in asked) return asked;
    const code = firstError(asked.messages);
    if (code !== null) return code === 'ENOENT' ? false : refused(what, code);
    return asked.messages.some((message) => decodeFilter(message) === RULES);
  }

  async #change(what: string, request: Uint8Array): Promise<Failure | null> {
    const asked = await this.#ask(what, request);
    if ('code' in asked) return asked;
    const code = firstError(asked.messages);
    return code === null ? null : refused(what, code);
  }

  /** On a socket of its own: a refused batch may answer more than once, which nobody else is to read. */
  async #ask(what: string, request: Uint8Array): Promise<{ readonly messages: readonly NetlinkMessage[] } | Failure> {
    let fd = -1;
    try {
      fd = this.#native.socket(N.AF_NETLINK, N.SOCK_RAW, NETLINK_NETFILTER);
      this.#native.bind(fd, netlinkAddress());
      const { messages, damaged } = decodeMessages(await this.#native.transact(fd, request, 1, TIMEOUT_MS));
      return damaged ? { what, code: 'bad-answer', detail: DETAIL } : { messages };
    } catch (error) {
      return failureOf(what, DETAIL, error);
    } finally {
      if (fd >= 0) this.#native.close(fd);
    }
  }
}

function firstError(messages: readonly NetlinkMessage[]): string | null {
  const errno = messages.map((m) => decodeVerdict(m)?.errno ?? 0).find((e) => e !== 0);
  return errno === undefined ? null : errnoName(errno);
}

const refused = (what: string, code: string): Failure => ({
  what,
  code,
  detail: ABSENT.includes(code) ? `${DETAIL} (does this kernel have nf_tables?)` : DETAIL,
});

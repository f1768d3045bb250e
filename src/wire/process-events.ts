import { decodeMessages, LITTLE_ENDIAN } from './netlink.js';
import { SIZEOF_NLMSGHDR, SIZEOF_SOCKADDR_NL } from './netlink-constants.js';

/** Numbers of <linux/netlink.h>, <linux/connector.h> and <linux/cn_proc.h>, under the headers' own names. */
export const NETLINK_CONNECTOR = 11;
export const CN_IDX_PROC = 1;
export const CN_VAL_PROC = 1;
export const PROC_CN_MCAST_LISTEN = 1;
export const PROC_EVENT_NONE = 0;
export const PROC_EVENT_FORK = 0x1;
export const PROC_EVENT_EXEC = 0x2;
export const PROC_EVENT_COMM = 0x200;
export const PROC_EVENT_EXIT = 0x8000_0000;
/** sizeof(struct cn_msg): u32 idx, val, seq, ack; u16 len, flags. */
export const SIZEOF_CN_MSG = 20;
/** offsetof(struct proc_event, event_data): u32 what, cpu; u64 timestamp. */
export const OFFSETOF_EVENT_DATA = 16;
const NLMSG_DONE = 3;

/** What the kernel tells of processes (cn_proc). `process` is the thread group, `thread` the thread: equal for its first. */
export type ProcessEvent =
  /** The answer to the question to be told: 0, or an error number. */
  | { readonly kind: 'answer'; readonly error: number }
  | { readonly kind: 'fork' | 'exec' | 'renamed' | 'exit'; readonly thread: number; readonly process: number };

/** struct sockaddr_nl of the multicast group on which processes are told of. */
export function processGroup(): Uint8Array {
  const bytes = new Uint8Array(SIZEOF_SOCKADDR_NL);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 16, LITTLE_ENDIAN);
  view.setUint32(8, CN_IDX_PROC, LITTLE_ENDIAN);
  return bytes;
}

/** Asks to be told. The plain form, without the filter of newer kernels: every kernel takes it. */
export function encodeListen(): Uint8Array {
  const bytes = new Uint8Array(SIZEOF_NLMSGHDR + SIZEOF_CN_MSG + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length, LITTLE_ENDIAN);
  view.setUint16(4, NLMSG_DONE, LITTLE_ENDIAN);
  view.setUint32(SIZEOF_NLMSGHDR, CN_IDX_PROC, LITTLE_ENDIAN);
  view.setUint32(SIZEOF_NLMSGHDR + 4, CN_VAL_PROC, LITTLE_ENDIAN);
  view.setUint16(SIZEOF_NLMSGHDR + 16, 4, LITTLE_ENDIAN);
  view.setUint32(SIZEOF_NLMSGHDR + SIZEOF_CN_MSG, PROC_CN_MCAST_LISTEN, LITTLE_ENDIAN);
  return bytes;
}

/** Where the two numbers of each kind stand behind the event's head: the thread, then its process. */
const KINDS: ReadonlyMap<number, { readonly kind: 'fork' | 'exec' | 'renamed' | 'exit'; readonly at: number }> =
  new Map([
    // Behind the parent's two numbers.
    [PROC_EVENT_FORK, { kind: 'fork', at: 8 }],
    [PROC_EVENT_EXEC, { kind: 'exec', at: 0 }],
    [PROC_EVENT_COMM, { kind: 'renamed', at: 0 }],
    [PROC_EVENT_EXIT, { kind: 'exit', at: 0 }],
  ]);

/** The events of one datagram; others (a changed user, a trace) and what is none are left out. */
export function decodeProcessEvents(bytes: Uint8Array): ProcessEvent[] {
  return decodeMessages(bytes).messages.flatMap(({ view, start, end }): ProcessEvent[] => {
    const event = start + SIZEOF_CN_MSG;
    if (end - event < OFFSETOF_EVENT_DATA + 8) return [];
    const u32 = (at: number): number => view.getUint32(at, LITTLE_ENDIAN);
    if (u32(start) !== CN_IDX_PROC || u32(start + 4) !== CN_VAL_PROC) return [];
    const data = event + OFFSETOF_EVENT_DATA;
    const what = u32(event);
    if (what === PROC_EVENT_NONE) return [{ kind: 'answer', error: u32(data) }];
    const known = KINDS.get(what);
    if (known === undefined || end - data < known.at + 8) return [];
    return [{ kind: known.kind, thread: u32(data + known.at), process: u32(data + known.at + 4) }];
  });
}

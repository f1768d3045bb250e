import { AF_NETLINK } from '../wire/netlink-constants.js';
import {
  decodeProcessEvents,
  encodeListen,
  NETLINK_CONNECTOR,
  type ProcessEvent,
  processGroup,
} from '../wire/process-events.js';
import { errnoName } from './generic-netlink.js';
import type { Native } from './native.js';
import { SO_RCVBUF, SO_RCVBUFFORCE, SOCK_RAW, SOL_SOCKET } from './socket-numbers.js';

/** A busy host starts thousands of processes a second; an event takes about 1 KiB of this. */
const BUFFER = 4 * 1024 * 1024;
/** The kernel answers within the call; one that never does ignores us (another namespace of users or processes). */
const ANSWER_MS = 500;
/** Datagrams read in one turn; then other work has its turn. */
const AT_ONCE = 512;

export interface EventListener {
  event(event: ProcessEvent & { kind: 'fork' | 'exec' | 'renamed' | 'exit' }): void;
  /** The end of one reading. */
  read(): void;
  /** Events were lost: look at everything. */
  lost(): void;
  /** There are none here, and there will be none. Called once at most, and not within {@link listen}. */
  refused(why: string): void;
}

/**
 * Has the kernel tell of every process that starts, executes, renames itself or ends (cn_proc). It does so in the first
 * network, user and process namespace only, and needs CAP_NET_ADMIN.
 */
export function listen(native: Native, listener: EventListener): { close(): void } {
  let close = (): void => {};
  let open = true;
  const end = (): void => {
    open = false;
    close();
  };
  const refuse = (why: string): void => {
    if (!open) return;
    end();
    listener.refused(why);
  };
  const bound = setTimeout(() => refuse('it does not answer'), ANSWER_MS);
  close = () => clearTimeout(bound);
  try {
    const fd = openConnector(native);
    const room = new Uint8Array(8192);
    const poll = native.poll(fd, (errno) => {
      if (errno !== 0) listener.lost();
      for (let i = 0; i < AT_ONCE && open; i += 1) {
        const length = received(native, fd, room, listener);
        if (length < 0) break;
        for (const event of decodeProcessEvents(room.subarray(0, length))) {
          if (event.kind !== 'answer') listener.event(event);
          else if (event.error !== 0) refuse(errnoName(event.error));
          else clearTimeout(bound);
        }
      }
      if (open) listener.read();
    });
    close = () => {
      clearTimeout(bound);
      poll.close();
      native.close(fd);
    };
    native.send(fd, encodeListen(), null);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    setImmediate(() => refuse(why));
  }
  return {
    close: () => {
      if (open) end();
    },
  };
}

function openConnector(native: Native): number {
  const fd = native.socket(AF_NETLINK, SOCK_RAW, NETLINK_CONNECTOR);
  try {
    native.bind(fd, processGroup());
    enlarge(native, fd);
    return fd;
  } catch (error) {
    native.close(fd);
    throw error;
  }
}

function enlarge(native: Native, fd: number): void {
  try {
    native.setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER);
  } catch {
    native.setOption(fd, SOL_SOCKET, SO_RCVBUF, BUFFER);
  }
}

/** @returns the length of one datagram; 0 when some were lost; below 0 when none waits. */
function received(native: Native, fd: number, room: Uint8Array, listener: EventListener): number {
  try {
    return native.receive(fd, room, null, null);
  } catch {
    // ENOBUFS, when it came between the wake-up and now.
    listener.lost();
    return 0;
  }
}

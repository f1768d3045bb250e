import type { Native } from './native.js';
import { openRouteSocket } from './route-netlink.js';

/** Notifications read in one wake-up. They are only counted: more than one is the same news. */
const NOTICES_AT_ONCE = 256;

/** What is listened to. */
export interface RouteNews {
  /** Of rtnetlink, a bit each. */
  readonly groups: number;
  /** A classic BPF program; null for all of them. */
  readonly filter: Uint8Array | null;
  /** News that come within so long are told together. */
  readonly settlingMs: number;
}

/** Calls back after notifications of rtnetlink, also after some were lost. @throws SystemError @returns what ends it. */
export function watchRoutes(native: Native, news: RouteNews, changed: () => void): { close(): void } {
  const fd = openRouteSocket(native, news.groups);
  try {
    if (news.filter !== null) native.attachFilter(fd, news.filter);
  } catch (error) {
    native.close(fd);
    throw error;
  }
  const room = new Uint8Array(1);
  let pending: NodeJS.Timeout | null = null;
  const poll = native.poll(fd, () => {
    // An error (ENOBUFS: some were lost) is news as well; what was lost is read anew anyway.
    for (let i = 0; i < NOTICES_AT_ONCE && received(native, fd, room); i += 1);
    pending ??= setTimeout(() => {
      pending = null;
      changed();
    }, news.settlingMs);
  });
  let open = true;
  return {
    close: () => {
      if (!open) return;
      open = false;
      if (pending !== null) clearTimeout(pending);
      poll.close();
      native.close(fd);
    },
  };
}

/** Takes one datagram away. @returns false when none waits. */
function received(native: Native, fd: number, room: Uint8Array): boolean {
  try {
    return native.receive(fd, room, null, null) >= 0;
  } catch {
    // ENOBUFS, when it came between the wake-up and now; the next look tells what is left.
    return true;
  }
}

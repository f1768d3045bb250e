import { formatDuration } from '../values/time.js';
import { failed } from './attempt.js';
import { bound, microsSince } from './bound.js';
import type { Base, ProbeHost } from './host.js';
import { type Cancel, type Done, fail, type Verdict } from './result.js';

/** Proves that the target answers an echo request, ICMP or ICMPv6 by its address. */
export interface IcmpProbe extends Base {
  readonly kind: 'icmp';
  /** Bytes behind the ICMP header. */
  readonly size: number;
}

export const prepareIcmp = (check: { readonly size: number }, base: Base): IcmpProbe => ({
  kind: 'icmp',
  ...base,
  size: check.size,
});

export function startIcmp(probe: IcmpProbe, done: Done, host: ProbeHost): Cancel {
  const started = performance.now();
  const { timeout } = probe;
  let over = false;
  let stop: Cancel = () => {};
  const end = (): void => {
    over = true;
    release();
    stop();
  };
  const finish = (verdict: Verdict): void => {
    if (over) return;
    end();
    const reason = verdict.ok ? null : verdict.reason;
    done({ ok: verdict.ok, reason, micros: microsSince(started), ours: !verdict.ok && verdict.ours === true });
  };
  const release = bound(timeout, () => {
    finish(fail(`timed out after ${formatDuration(timeout)} waiting for the echo reply`));
  });
  try {
    if (host.ping === undefined)
      throw Object.assign(new Error('echo requests are not supported here'), { code: 'ENOSYS' });
    stop = host.ping(probe.target.address, probe.way, probe.size, (why) =>
      finish(why === null ? { ok: true } : fail(why)),
    );
  } catch (error) {
    setImmediate(() => finish(refused(error as NodeJS.ErrnoException)));
  }
  return () => {
    if (!over) end();
  };
}

/** EPERM and EACCES: from a socket that is not allowed as well as from a packet filter. */
function refused(error: NodeJS.ErrnoException): Verdict {
  if ((error.code === 'EPERM' || error.code === 'EACCES') && error.syscall === 'socket') {
    const reason = 'no socket for echo requests: needs CAP_NET_RAW, or a group within net.ipv4.ping_group_range';
    return { ok: false, reason, ours: true };
  }
  return failed(error);
}

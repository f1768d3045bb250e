import { formatDuration } from '../values/time.js';
import type { Finding } from './problem.js';
import { duration } from './scalars.js';
import type { RawConfig } from './schema.js';

/** `preempt_delay` of an instance. */
export const preemptDelay = duration('0s', '1000s')
  .prefault('0s')
  .describe(
    'With preempt: a living master of lower priority is left in office so long, counted from this router’s start, or from when it first hears such a master. Nobody waits for a master that is gone.',
  );

/** `vrrp.startup_delay`. */
export const startupDelay = duration('0s', '1h')
  .prefault('0s')
  .describe('After the daemon’s start all instances wait so long before they take part, until the network is ready.');

const OWNER = 255;

/** Delays that could never come to pass. */
export const delayFindings = ({ vrrp }: RawConfig): Finding[] =>
  vrrp.instances.flatMap(({ preempt_delay: delay, preempt, priority }, i) => {
    if (delay === 0 || (preempt && priority !== OWNER)) return [];
    const why = preempt
      ? 'but priority 255, an address owner, takes over at once'
      : 'but with preempt: false a living master is never pushed aside';
    const path = ['vrrp', 'instances', i, 'preempt_delay'];
    return [{ path, message: `found ${formatDuration(delay)}, ${why}; allowed: 0s, or no preempt_delay` }];
  });

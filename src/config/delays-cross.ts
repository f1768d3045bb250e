import { formatDuration } from '../values/time.js';
import type { Finding } from './problem.js';
import type { RawConfig } from './schema.js';

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

import { duration } from './scalars.js';

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

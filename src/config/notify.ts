import { mapping, orNull } from './fields.js';
import { absolutePath, duration } from './scalars.js';
import { command, userName } from './track.js';

const run = (when: string) =>
  orNull(command).describe(`Runs ${when}: the absolute path of the program and its arguments, as a list; no shell.`);

/** Programs that are told of changes of state, of an instance or of a sync group. */
export const notify = mapping({
  master: run('on becoming master, once the kernel has the addresses'),
  backup: run('on becoming backup'),
  fault: run('on a fault'),
  stop: run('when the service stops'),
  any: orNull(command).describe(
    'Runs on each of them, after the one for the state, with four more arguments as keepalived’s `notify` has them: INSTANCE or GROUP, the name, the state (MASTER, BACKUP, FAULT, STOP), the priority.',
  ),
  timeout: duration('10ms', '1h')
    .prefault('30s')
    .describe(
      'How long each may run; then its process group is ended, and the next one runs. When the service stops, all of them together have 4s.',
    ),
  user: orNull(userName).describe(
    'The user that they run as. By default an unprivileged one: the daemon’s own where that is not root, else directord where there is such a user, else nobody.',
  ),
});

/** `vrrp.notify_fifo:` */
export const notifyFifo = orNull(
  mapping({
    path: absolutePath().describe(
      'Where it is. One that exists is used as it is; else it is made, for its owner only, and removed at the stop.',
    ),
  }),
).describe(
  'A named pipe for lines as keepalived writes them, one a change of state: INSTANCE "VI_1" MASTER 100. Default: none.',
);

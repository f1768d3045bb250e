import { z } from 'zod';
import { mapping, oneOf, orNull, whole } from './fields.js';
import { says } from './found.js';
import { forward, serverAddress, tunnel } from './ipvs-options.js';
import { duration, name } from './scalars.js';
import { command, userName } from './track.js';

const TIMEOUT = '30s';

const timeout = () =>
  duration('10ms', '1h')
    .prefault(TIMEOUT)
    .describe('How long it may run; then its process group is ended, and the next command of the service runs.');

const plainCommand = command.transform((given) => ({
  command: given,
  timeout: timeout().parse(undefined),
  user: null,
}));

const longCommand = mapping({
  command: command.describe('The absolute path of the program and its arguments, as a list: no shell is involved.'),
  timeout: timeout(),
  user: orNull(userName).describe(
    'The user that it runs as. By default an unprivileged one: the daemon’s own where that is not root, else directord where there is such a user, else nobody.',
  ),
});

/** A command that is run when a service gains or loses its quorum. */
const quorumCommand = (when: string) =>
  orNull(
    z.union([plainCommand, longCommand], {
      error: says(
        'a list of the absolute path and the arguments such as [/usr/local/bin/tell, up], or a mapping with command, timeout, user',
      ),
    }),
  ).describe(
    `Runs when the service ${when}, the first time after a start as well: a list of the absolute path and the arguments, or a mapping with timeout and user. The commands of one service run one after the other.`,
  );

/** What becomes of the row of a server that is down. */
export const onFailure = () => oneOf(['remove', 'zero']);

/** The most that weights can sum up to. */
const MOST = 2_147_483_647;

/** Keys of a service that say when it is available, and what happens around that. */
export const policyKeys = {
  quorum: whole(1, MOST)
    .prefault(1)
    .describe(
      'The service is up while so much weight is: the sum over its servers that are up and neither drained nor disabled.',
    ),
  quorum_hysteresis: whole(0, MOST)
    .prefault(0)
    .describe(
      'So much more is needed to gain the quorum, and so much less to lose it, so that one server that comes and goes does not take the service along. Less than `quorum`.',
    ),
  on_quorum_up: quorumCommand('gains its quorum'),
  on_quorum_down: quorumCommand('loses its quorum, or a stop clears the table'),
  sorry_server: orNull(
    mapping({
      address: serverAddress().describe('Its address and port, as of the other servers.'),
      weight: whole(1, 65_535)
        .prefault(1)
        .describe('Its weight in the table; it is alone there with one above 0, so that this matters little.'),
      forward: forward().optional().describe('Instead of the service’s.'),
      tunnel: tunnel.optional().describe('Instead of the service’s, as a whole.'),
    }),
  ).describe(
    'Answers while the quorum is lost, and is not checked. Servers that are up all the same then keep their rows with weight 0: their connections go on, new ones go to the sorry server. It leaves the table when the quorum is back.',
  ),
  on_failure: onFailure()
    .prefault('remove')
    .describe(
      'What becomes of a server that is down. remove: its row leaves the table and the kernel ends its connections. zero: the row stays with weight 0: connections that still work go on, no new one comes.',
    ),
  start: orNull(oneOf(['pessimistic', 'optimistic'])).describe(
    'Servers before their first verdict. pessimistic: they count as down. optimistic: they count as up. Default: as the table was found: who had a row keeps it, others wait.',
  ),
  slow_start: duration('0s', '1h')
    .prefault('0s')
    .describe(
      'A server that returns (up after down, undrained or enabled) begins with a tenth of its weight and has all of it after this time, in ten steps; a weight below 10 has fewer. 0s: all of it at once. Not at the start of the daemon.',
    ),
  only_while_master: orNull(name()).describe(
    'The name of an instance: the service is in the table only while that is master here. Default: always, so that the table of a backup stands ready.',
  ),
};

/** Keys of `ipvs:` about the end of the service. */
export const stopKeys = {
  on_stop: oneOf(['leave', 'drain', 'clear'])
    .prefault('leave')
    .describe(
      'What a stop does with the kernel’s table: leave it, so that connections go on over a restart; drain: all weights 0, wait until no connection is left, at most `drain_timeout`, then clear; or clear the services of this file at once.',
    ),
  drain_timeout: duration('1s', '1h')
    .prefault('30s')
    .describe(
      'How long a stop with `on_stop: drain` waits for connections to end. Connections to virtual addresses of this host’s own instances are not waited for: their packets go to the next master. systemd is told to wait so long.',
    ),
};

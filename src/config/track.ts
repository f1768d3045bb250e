import { z } from 'zod';
import { flag, listOf, mapping, matching, orNull, whole } from './fields.js';
import { says } from './found.js';
import { absolutePath, duration, name, withinInterval } from './scalars.js';
import { trackKinds, weight } from './track-kinds.js';

const argument = matching(/^[^\0]{0,4096}$/, 'a text');

/** The absolute path of a program and its arguments. */
export const command = z
  .tuple([absolutePath()], argument, {
    error: (issue) =>
      issue.code === 'too_small'
        ? 'found an empty list; allowed: the absolute path and the arguments, such as [/usr/bin/test, -e, /run/ok]'
        : says(
            'a list of the absolute path and the arguments (there is no shell), such as [/usr/bin/test, -e, /run/ok]',
          )(issue),
  })
  .meta({ examples: [['/usr/bin/systemctl', 'is-active', '--quiet', 'nginx']] });

/** A user by his name. */
export const userName = matching(/^[A-Za-z_][A-Za-z0-9_-]{0,31}$/, 'the name of a user of this system');

/** A script whose exit status says whether this host is fit to be master. */
export const trackScript = mapping({
  name: name().describe('Its name, by which instances refer to it.'),
  command: command.describe(
    'The absolute path of the program and its arguments, as a list: no shell is involved. Exit status 0 is success.',
  ),
  interval: duration('50ms', '24h').prefault('2s').describe('How often it is started.'),
  timeout: duration('10ms', '24h')
    .optional()
    .describe(
      'How long it may run; then its whole process group is ended and the run counts as failed. At most the interval, which is also the default.',
    ),
  rise: whole(1, 255).prefault(1).describe('So many successes in a row make it good again.'),
  fall: whole(1, 255).prefault(1).describe('So many failures in a row make it bad.'),
  weight: weight(),
  reverse: flag().prefault(false).describe('The other way round: it is good while it fails.'),
  user: orNull(userName).describe(
    'The user that it runs as. By default an unprivileged one: the daemon’s own where that is not root, else directord where there is such a user, else nobody.',
  ),
}).transform((script, context) => {
  const timeout = script.timeout ?? script.interval;
  withinInterval({ timeout, interval: script.interval }, context);
  return { ...script, timeout };
});

/** `track:` */
export const track = mapping({
  scripts: listOf(trackScript, 'track scripts').prefault([]).describe('Scripts that instances may refer to.'),
  ...trackKinds,
});

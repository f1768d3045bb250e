import { sameFamily } from './check-bind.js';
import { jitterFits, network, timeoutOf, timing } from './check-shared.js';
import { mapping, matching, orNull, whole } from './fields.js';
import { withinInterval } from './scalars.js';

const { address, bind, mark } = network;

/** `agent:` beside a check, of a service or of a server. */
export const agent = mapping({
  port: whole(1, 65_535).describe('The TCP port of the agent.'),
  address: address.describe('The address of the agent. Default: the server’s.'),
  bind,
  mark,
  send: orNull(matching(/^[\s\S]{1,1024}$/, 'a text of 1 to 1024 characters')).describe(
    'What is sent upon connection, as it is: end it with "\\n" where the agent reads a line. Default: nothing.',
  ),
  interval: timing.interval.describe('How often the agent of each server is asked.'),
  timeout: timing.timeout,
  jitter: timing.jitter,
}).transform((c, context) => {
  const timeout = timeoutOf(c);
  withinInterval({ timeout, interval: c.interval }, context);
  jitterFits(c, context);
  sameFamily(c, context);
  return { ...c, timeout };
});

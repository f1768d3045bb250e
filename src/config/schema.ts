import type { z } from 'zod';
import { mapping, matching, oneOf, orNull } from './fields.js';
import { http } from './http.js';
import { ipvs } from './ipvs.js';
import { absolutePath, duration } from './scalars.js';
import { track } from './track.js';
import { vrrp } from './vrrp.js';

const control = mapping({
  socket: matching(/^\/[^\0\r\n]{1,106}$/, 'an absolute path of at most 107 characters')
    .prefault('/run/directord/control.sock')
    .describe('The control socket (unix(7) takes 107 characters at most).'),
  group: matching(/^[A-Za-z_][A-Za-z0-9_-]{0,31}$/, 'the name of a group of this system')
    .prefault('directord')
    .describe('The group whose members may use the socket.'),
});

const director = mapping({
  grace: duration('1s', '1h')
    .prefault('30s')
    .describe(
      'The director process (checks, table, control) may be away so long; then the router resigns with priority 0. Until then it goes on advertising.',
    ),
});

const log = mapping({
  level: oneOf(['debug', 'info', 'warn', 'error'])
    .prefault('info')
    .describe('The least severe message that is written.'),
});

/**
 * The configuration file: each key declared once. From here come the types, the defaults, the validation, the JSON
 * Schema and the reference page.
 */
export const configSchema = mapping({
  router_id: matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'a name of 1 to 64 letters, digits and _ . -')
    .optional()
    .describe('This host’s name in status and logs. Default: the host name.'),
  state_dir: orNull(absolutePath()).describe(
    'Where drains and other overrides outlive a restart; each directord of a host needs its own. Default: STATE_DIRECTORY as systemd sets it, else /var/lib/directord.',
  ),
  control: control.prefault({}).describe('The control socket.'),
  http: http.describe('The statistics page, /metrics, /status.json and /healthz. Without it nothing listens.'),
  director: director.prefault({}).describe('The director process.'),
  log: log.prefault({}).describe('The log, as JSON lines on stdout.'),
  track: track.prefault({}).describe('What instances may depend on.'),
  vrrp: vrrp.prefault({}).describe('Virtual addresses that move between hosts.'),
  ipvs: ipvs.prefault({}).describe('Load balancing in the kernel.'),
});

/** What the schema gives before defaults that come from the host are put in. */
export type RawConfig = z.output<typeof configSchema>;

/**
 * The validated configuration. Keys are those of the file (snake_case), durations are microseconds, addresses are
 * parsed; what may be left out is filled in. `vrrp.instances` and `ipvs.services` are empty where the file has none.
 */
export type Config = Omit<RawConfig, 'router_id'> & { readonly router_id: string };

export type Instance = Config['vrrp']['instances'][number];
export type VirtualAddressConfig = Instance['virtual_addresses'][number];
export type TrackScript = Config['track']['scripts'][number];
export type Service = Config['ipvs']['services'][number];
export type Server = Service['servers'][number];
/** The check that holds for one server; null where servers count as up. */
export type Check = NonNullable<Server['check']>;
export type { BodyMatch, StatusRange } from './check.js';

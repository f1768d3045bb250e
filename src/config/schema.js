import { mapping, matching, notYet, oneOf, orNull } from './fields.js';
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
        .describe('The director process (checks, table, control) may be away so long; then the router resigns with priority 0. Until then it goes on advertising.'),
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
    state_dir: orNull(absolutePath()).describe('Where drains and other overrides outlive a restart. Default: STATE_DIRECTORY as systemd sets it, else /var/lib/directord.'),
    control: control.prefault({}).describe('The control socket.'),
    http: notYet('http (the statistics page, /metrics and /healthz)'),
    director: director.prefault({}).describe('The director process.'),
    log: log.prefault({}).describe('The log, as JSON lines on stdout.'),
    track: track.prefault({}).describe('What instances may depend on.'),
    vrrp: vrrp.prefault({}).describe('Virtual addresses that move between hosts.'),
    ipvs: ipvs.prefault({}).describe('Load balancing in the kernel.'),
});

import { z } from 'zod';
import { accept } from './accept.js';
import { connectionSync } from './connection-sync.js';
import { preemptDelay, startupDelay } from './delays.js';
import { flag, listOf, mapping, oneOf, orNull, whole } from './fields.js';
import { says, saysSecret } from './found.js';
import { instanceTrack } from './instance-track.js';
import { notify, notifyFifo } from './notify.js';
import { duration, interfaceName, name } from './scalars.js';
import { syncGroups } from './sync-groups.js';
import { source, unicast } from './unicast.js';
import { excludedAddresses, virtualAddresses } from './virtual-address.js';
import { virtualMac, virtualMacOfInstance } from './virtual-mac.js';
import { virtualRoutes, virtualRules } from './virtual-route.js';

/** How many bytes of a password go out (RFC 2338 §5.3.6: the authentication data is 8 bytes). */
export const PASSWORD_BYTES = 8;

/** The intervals of version 2 (RFC 3768 §5.3.7) and of version 3 (RFC 9568 §5.2.7). */
export const WHOLE_SECONDS = 'a duration of whole seconds from 1s to 255s';
export const CENTISECONDS = 'a multiple of 10ms from 10ms to 40950ms';

const PASSWORD = `1 to ${PASSWORD_BYTES} printable ASCII characters`;

const password = z
  .string({ error: saysSecret(`${PASSWORD} (quote a password of digits)`) })
  .meta({ minLength: 1, maxLength: PASSWORD_BYTES })
  .superRefine((text, context) => {
    const say = (message: string) => context.addIssue({ code: 'custom', message });
    if (text === '') say(`found an empty text; allowed: ${PASSWORD}`);
    else if (!/^[\x20-\x7e]*$/.test(text)) say(`found characters that are not printable ASCII; allowed: ${PASSWORD}`);
    else if (text.length > PASSWORD_BYTES) {
      say(
        `found ${text.length} characters; allowed: ${PASSWORD_BYTES} at most, because VRRP carries no more of a password. ` +
          `keepalived cuts a longer one and sends its first ${PASSWORD_BYTES}: write those to work with it`,
      );
    }
  });

const auth = z
  .discriminatedUnion(
    'type',
    [
      mapping({ type: z.literal('none').describe('No authentication: type 0, and the data is sent as zeros.') }),
      mapping({
        type: z
          .literal('pass')
          .describe('A password in clear text: it guards against mistakes, not against attackers.'),
        pass: password.describe(`The password, ${PASSWORD}. All routers of the instance need the same.`),
      }),
    ],
    {
      error: (issue) =>
        issue.code === 'invalid_union'
          ? `${(issue.input as { type?: unknown } | null)?.type === undefined ? 'missing' : 'found another word (not shown)'}; allowed: none, pass`
          : saysSecret('a mapping such as { type: none } or { type: pass, pass: SECRET }')(issue),
    },
  )
  .prefault({ type: 'none' });

const version = z
  .literal([2, 3], { error: says('2, 3') })
  .prefault(2)
  .describe(
    'The protocol’s version, the same on all routers of the instance. 2 is what keepalived speaks by default; 3 has intervals below a second, and no authentication.',
  );

const checksum = orNull(oneOf(['pseudo_header', 'rfc9568'])).describe(
  'Version 3 only: over what the adverts sent are summed. `pseudo_header`: also the IP addresses, as keepalived and FRR do by default; `rfc9568`: the message only, as the RFC says for IPv4. Both are understood. Default: pseudo_header.',
);

const garp = mapping({
  first: whole(0, 100)
    .prefault(5)
    .describe(
      'Announcements of each address at once on becoming master; one more follows after 100ms, behind what the former master may still say. 0 for none.',
    ),
  delay: duration('100ms', '1h').prefault('5s').describe('The pause before the second round.'),
  second: whole(0, 100).prefault(5).describe('Announcements of each address in the second round; 0 for none.'),
  refresh: duration('0s', '24h')
    .prefault('60s')
    .describe(
      'While master, one announcement of each address in so long, for hosts that a healed partition left with the other router’s address; 0s for never.',
    ),
});

/** One virtual router. */
export const instance = mapping({
  name: name().describe('Its name in status, logs and verbs.'),
  version,
  interface: interfaceName().describe('The interface on which it speaks VRRP.'),
  virtual_router_id: whole(1, 255).describe(
    'The VRID: the same on all routers of the instance, and no other’s on that network.',
  ),
  priority: whole(1, 255)
    .prefault(100)
    .describe('The highest living priority is master. 255 is for the owner of the virtual addresses only.'),
  advert_int: duration('10ms', '255s', `version 2: ${WHOLE_SECONDS}; version 3: ${CENTISECONDS}`)
    .prefault('1s')
    .describe(
      'The interval between adverts, the same on all routers. Version 2: whole seconds from 1s to 255s; version 3: multiples of 10ms from 10ms to 40950ms. Silence of three times this (plus up to 1s, in version 3 up to once more) makes a backup master.',
    ),
  preempt: flag().prefault(true).describe('Take over from a living master of lower priority.'),
  preempt_delay: preemptDelay,
  auth: auth.describe(
    'Version 2 only: authentication, the same on all routers. Without it adverts go out with type 0.',
  ),
  checksum,
  unicast,
  source,
  virtual_addresses: virtualAddresses,
  excluded_addresses: excludedAddresses,
  virtual_mac: virtualMac,
  accept,
  routes: virtualRoutes,
  rules: virtualRules,
  track: instanceTrack.prefault({}).describe('What this instance depends on.'),
  connection_sync: connectionSync,
  notify: orNull(notify).describe(
    'Programs to be run when its state changes: in order, one at a time, none left out. Default: none.',
  ),
  garp: garp.prefault({}).describe('Gratuitous ARP, which tells the network where the addresses are now.'),
}).transform(({ virtual_addresses, excluded_addresses, ...rest }) => {
  const virtual_mac = virtualMacOfInstance({ ...rest, virtual_addresses });
  const on = <T extends { readonly interface: string | null }>(each: T) => ({
    ...each,
    interface: each.interface ?? virtual_mac?.interface ?? rest.interface,
  });
  return {
    ...rest,
    virtual_mac,
    virtual_addresses: virtual_addresses.map(on),
    excluded_addresses: excluded_addresses.map(on),
  };
});

/** `vrrp:` */
export const vrrp = mapping({
  startup_delay: startupDelay,
  instances: listOf(instance, 'instances').prefault([]).describe('The virtual routers of this host.'),
  sync_groups: syncGroups,
  notify_fifo: notifyFifo,
});

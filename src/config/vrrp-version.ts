import { isIpv6 } from '../values/ip.js';
import { formatDuration, millis, seconds } from '../values/time.js';
import type { Finding, Path } from './problem.js';
import type { RawConfig } from './schema.js';
import { CENTISECONDS, WHOLE_SECONDS } from './vrrp.js';

type Instance = RawConfig['vrrp']['instances'][number];

/** What an instance's version cannot carry: its interval, an authentication, a checksum of the other version. */
export const versionFindings = ({ vrrp }: RawConfig): Finding[] =>
  vrrp.instances.flatMap((instance, i) => {
    const path: Path = ['vrrp', 'instances', i];
    const say = (key: string, message: string): Finding => ({ path: [...path, key], message });
    return instance.version === 2 ? inVersion2(instance, say) : inVersion3(instance, say);
  });

type Say = (key: string, message: string) => Finding;

/** RFC 3768 §5.3.7: one byte of seconds. */
function inVersion2({ advert_int: interval, checksum }: Instance, say: Say): Finding[] {
  const found: Finding[] = [];
  if (interval % seconds(1) !== 0) {
    const why = 'which is no whole number of seconds (VRRP version 2 sends the interval as whole seconds)';
    found.push(
      say('advert_int', `found ${formatDuration(interval)}, ${why}; allowed: ${WHOLE_SECONDS}, or version: 3`),
    );
  }
  if (checksum !== null) {
    const why = 'but version 2 has one checksum only';
    found.push(say('checksum', `found ${checksum}, ${why}; allowed: this key with version: 3`));
  }
  return found;
}

/** RFC 9568 §5.2.7: twelve bits of centiseconds; §8: no authentication. */
function inVersion3(
  { advert_int: interval, auth, checksum, virtual_addresses: addresses }: Instance,
  say: Say,
): Finding[] {
  const found: Finding[] = [];
  const much = interval > millis(40_950);
  if (much || interval % millis(10) !== 0) {
    const why = much
      ? 'which is more than VRRP version 3 can send'
      : 'which is no multiple of 10ms (VRRP version 3 sends the interval as hundredths of a second)';
    found.push(say('advert_int', `found ${formatDuration(interval)}, ${why}; allowed: ${CENTISECONDS}`));
  }
  const [first] = addresses;
  if (checksum === 'rfc9568' && first !== undefined && isIpv6(first.cidr.address)) {
    const why = 'but over IPv6 the checksum always has the pseudo-header (RFC 9568 §5.2.8)';
    found.push(say('checksum', `found rfc9568, ${why}; allowed: pseudo_header, or no checksum`));
  }
  if (auth.type !== 'none') {
    const why = 'but VRRPv3 has no authentication (RFC 9568 took it out)';
    found.push(
      say('auth', `found type ${auth.type}, ${why}; allowed: type none, or no auth; a password needs version: 2`),
    );
  }
  return found;
}

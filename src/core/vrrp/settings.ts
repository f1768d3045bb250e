import type { Family, Ip } from '../../values/ip.js';
import type { Duration } from '../../values/time.js';
import type { Advert, Authentication, ChecksumOver, Unicast, Version } from './advert.js';

/** An address owner's priority (RFC 3768 §5.3.4): it is master whenever it runs. */
export const OWNER = 255;

/** How often a new master announces its addresses by gratuitous ARP. */
export interface AnnounceSettings {
  /** Announcements of each address at once. */
  readonly first: number;
  /** After this the `second` ones follow, for switches and hosts that missed the first. */
  readonly delay: Duration;
  readonly second: number;
  /** While master, each address is announced once in so long; 0 for never. */
  readonly refresh: Duration;
}

/** What the machine needs to know of one virtual router; never changes while it runs. */
export interface VrrpSettings {
  readonly virtualRouterId: number;
  readonly version: Version;
  /** Of the addresses and of the packets that carry the adverts. */
  readonly family: Family;
  readonly unicast: Unicast | null;
  readonly interval: Duration;
  readonly preempt: boolean;
  /** With `preempt`: a living master of lower priority keeps its office so long after it was first heard. */
  readonly preemptDelay: Duration;
  /** Version 2's; version 3 has no authentication. */
  readonly auth: Authentication;
  /** What version 3 sends; version 2 has one way only. */
  readonly checksum: ChecksumOver;
  /** Those that stand in the advert. */
  readonly addresses: readonly Ip[];
  readonly announce: AnnounceSettings;
}

/** What a router with these settings says with this priority. */
export function advertOf(settings: VrrpSettings, priority: number): Advert {
  const { version, virtualRouterId, interval, addresses, auth, checksum } = settings;
  const fields = { virtualRouterId, priority, interval, addresses };
  return version === 2 ? { version, ...fields, auth } : { version, ...fields, checksum };
}

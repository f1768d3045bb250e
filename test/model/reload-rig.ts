import type { PackedPart } from '../../src/ports/channel.js';
import type { GroupSettings } from '../../src/router/groups.js';
import { packPart, unpackRest } from '../../src/router/packed.js';
import type { RouterOptions } from '../../src/router/router-deps.js';
import type { InstanceSettings } from '../../src/router/settings.js';
import type { ConnectionSync } from '../../src/router/sync-roles.js';
import { type Cidr4, parseCidr4 } from '../../src/values/ipv4.js';
import { seconds } from '../../src/values/time.js';
import { Rig, settings } from './rig.js';

/** What a reload says besides the instances. */
export interface Also {
  readonly groups?: readonly GroupSettings[];
  readonly tracks?: readonly string[];
  readonly connectionSync?: ConnectionSync | null;
}

export const address = (text: string, over: { readonly label?: string | null; readonly interface?: string } = {}) => ({
  interface: 'eth1',
  cidr: parseCidr4(text) as Cidr4,
  broadcast: null,
  scope: 'global' as const,
  label: null,
  ...over,
});

/** An instance of this VRID with these addresses. */
export function instance(
  id: number,
  addresses: readonly string[],
  over: Partial<InstanceSettings> = {},
  vrrp: Partial<InstanceSettings['vrrp']> = {},
): InstanceSettings {
  const list = addresses.map((text) => address(text));
  const base = settings();
  return {
    ...base,
    name: `VI_${id}`,
    addresses: list,
    ...over,
    vrrp: { ...base.vrrp, virtualRouterId: id, addresses: list.map((a) => a.cidr.address), ...vrrp },
  };
}

/** Settings in the form in which the director sends them. */
export function partOf(list: readonly InstanceSettings[], also: Also = {}): PackedPart {
  return packPart({
    instances: list,
    startupDelay: seconds(0),
    groups: [],
    lanes: [],
    tracks: list.flatMap((s) => s.tracks.map((t) => `${t.kind}/${t.name}`)),
    connectionSync: null,
    fifo: null,
    grace: seconds(30),
    logLevel: 'info',
    ...also,
  });
}

/** A rig whose router can be given other settings, in the form in which the director sends them. */
export class ReloadRig extends Rig {
  constructor(list: readonly InstanceSettings[], options: RouterOptions = {}) {
    super(list, undefined, options);
  }

  /** @returns why it was refused, or null. */
  async reload(list: readonly InstanceSettings[], also: Also = {}): Promise<string | null> {
    const part = partOf(list, also);
    const applied = this.router.apply(part, unpackRest(part.rest));
    this.clock.during(applied);
    await this.clock.advance(seconds(0));
    return applied;
  }

  /** The adverts of a VRID, `seconds priority`. */
  adverts(id: number): string[] {
    return this.sightings.flatMap(({ at, frame }) =>
      frame.kind === 'advert' && frame.advert.virtualRouterId === id
        ? [`${((at as number) / 1e6).toFixed(3)} ${frame.advert.priority}`]
        : [],
    );
  }

  /** The announcements from `since` on, `seconds address`. */
  announced(since: number): string[] {
    return this.sightings.flatMap(({ at, frame }) =>
      frame.kind === 'announcement' && at >= since * 1e6
        ? [`${((at as number) / 1e6).toFixed(3)} ${frame.address}`]
        : [],
    );
  }

  instance(name: string) {
    const found = this.router.status().find((each) => each.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  }
}

import { beforeEach, describe, expect, it } from 'vitest';
import type { Link } from '../../src/ports/addresses.js';
import type { Claims, ClaimWatch } from '../../src/ports/claims.js';
import { ClaimWatches, type Watched } from '../../src/router/claim-watches.js';
import type { Failure } from '../../src/values/failure.js';
import type { Ip } from '../../src/values/ip.js';
import type { Log } from '../../src/values/log.js';
import { silent } from '../../src/values/log.js';

const OURS = '02:00:00:00:00:01';
const OTHERS = '02:00:00:00:00:99';
const link = (name: string, index: number): Link => ({
  name,
  index,
  mac: OURS,
  up: true,
  running: true,
  addresses: [],
});
const LINKS = [link('eth1', 2), link('eth2', 3)];

/** Interfaces that are watched, and who claims what on them. */
class World implements Claims {
  readonly told: string[] = [];
  readonly contested: string[] = [];
  readonly seen = new Map<string, (address: Ip, hardware: string) => void>();
  refusal: Failure | null = null;
  readonly warnings: string[] = [];
  readonly log: Log = { ...silent, warn: (_, message) => this.warnings.push(message) };
  readonly watches = new ClaimWatches([this.of('VI_1', 'eth1', '192.0.2.1')], this, this.log);

  of(who: string, name: string, address: string): Watched {
    return {
      interface: name,
      address: address as Ip,
      contested: (claimed, hardware) => this.contested.push(`${who} ${claimed} ${hardware}`),
    };
  }

  watch(name: string, addresses: readonly Ip[], seen: (a: Ip, h: string) => void): ClaimWatch | Failure {
    this.told.push(`watch ${name} ${addresses.join()}`);
    if (this.refusal !== null) return this.refusal;
    this.seen.set(name, seen);
    return { close: () => this.told.push(`close ${name}`) };
  }

  claim(name: string, address: string, hardware = OTHERS): void {
    this.seen.get(name)?.(address as Ip, hardware);
  }

  reload(...watched: Watched[]): void {
    this.watches.reconfigure(watched);
    this.watches.follow(LINKS);
  }
}

describe('the watch for other hosts that claim our addresses', () => {
  let world: World;
  beforeEach(() => {
    world = new World();
    world.watches.follow(LINKS);
  });

  it('tells the instance, and nobody of what this host says itself', () => {
    world.claim('eth1', '192.0.2.1', OURS);
    world.claim('eth1', '192.0.2.1');
    expect(world.contested).toEqual([`VI_1 192.0.2.1 ${OTHERS}`]);
  });

  it('is not opened anew by a reload that leaves the addresses, and tells who is there after it', () => {
    world.reload(world.of('VI_new', 'eth1', '192.0.2.1'));
    world.claim('eth1', '192.0.2.1');
    expect(world.told).toEqual(['watch eth1 192.0.2.1']);
    expect(world.contested).toEqual([`VI_new 192.0.2.1 ${OTHERS}`]);
  });

  it('is opened anew for other addresses, on that interface alone', () => {
    world.reload(world.of('VI_1', 'eth1', '192.0.2.1'), world.of('VI_2', 'eth2', '198.51.100.1'));
    expect(world.told).toEqual(['watch eth1 192.0.2.1', 'watch eth2 198.51.100.1']);
    world.reload(
      world.of('VI_1', 'eth1', '192.0.2.1'),
      world.of('VI_1', 'eth1', '192.0.2.2'),
      world.of('VI_2', 'eth2', '198.51.100.1'),
    );
    expect(world.told.slice(2)).toEqual(['close eth1', 'watch eth1 192.0.2.1,192.0.2.2']);
  });

  it('is closed where no address is left, and late news of the old ones reaches nobody', () => {
    world.reload(world.of('VI_1', 'eth2', '192.0.2.1'));
    expect(world.told).toEqual(['watch eth1 192.0.2.1', 'close eth1', 'watch eth2 192.0.2.1']);
    world.claim('eth1', '192.0.2.1');
    expect(world.contested).toEqual([]);
    world.reload();
    expect(world.told.at(-1)).toBe('close eth2');
  });

  it('that was refused is tried again for other addresses, not for the same', () => {
    world = new World();
    world.refusal = { what: 'claims.watch', code: 'EPERM', detail: 'eth1' };
    world.watches.follow(LINKS);
    world.reload(world.of('VI_1', 'eth1', '192.0.2.1'));
    expect(world.told).toEqual(['watch eth1 192.0.2.1']);
    expect(world.warnings).toEqual(['no warning of address conflicts on eth1: claims.watch eth1: EPERM']);
    world.refusal = null;
    world.reload(world.of('VI_1', 'eth1', '192.0.2.2'));
    expect(world.told.at(-1)).toBe('watch eth1 192.0.2.2');
  });

  it('waits for an interface that comes later', () => {
    world.watches.reconfigure([world.of('VI_1', 'eth7', '192.0.2.7')]);
    world.watches.follow(LINKS);
    expect(world.told.at(-1)).toBe('close eth1');
    world.watches.follow([...LINKS, link('eth7', 9)]);
    expect(world.told.at(-1)).toBe('watch eth7 192.0.2.7');
    world.watches.close();
    expect(world.told.at(-1)).toBe('close eth7');
  });
});

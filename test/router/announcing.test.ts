import { describe, expect, it } from 'vitest';
import type { VirtualAddress } from '../../src/ports/addresses.js';
import { Announcing } from '../../src/router/announcing.js';
import { VirtualClock } from '../../src/sim/clock.js';
import { SimProcess } from '../../src/sim/process.js';
import { silent } from '../../src/values/log.js';
import { instant } from '../../src/values/time.js';
import { settings } from '../model/rig.js';

function rig(count = 1, written: (address: string) => object | null = () => ({})) {
  const clock = new VirtualClock(instant(7e6));
  const [one] = settings().addresses;
  if (one === undefined) throw new Error();
  const addresses = Array.from({ length: count }, () => one as VirtualAddress);
  const announcing = new Announcing('VI_1', addresses, { clock, alarms: new SimProcess(clock), log: silent });
  let sent = 0;
  const announce = () => {
    sent += 1;
    return null;
  };
  const announcer = { announce, written: (address: string) => written(address) as never, close: () => {} };
  announcing.attach(new Map([[one.interface, announcer]]));
  return { announcing, sent: () => sent };
}

describe('a first round by who knows sooner that the addresses stand', () => {
  it('is left out of the next start, and of no other', () => {
    const { announcing, sent } = rig(2);
    const prompt = announcing.prompt();
    expect(prompt?.announcements).toHaveLength(2);
    expect(prompt?.until).toBe(7_002_000);
    prompt?.done();
    announcing.start(5);
    expect(sent()).toBe(8);
    announcing.start(5);
    expect(sent()).toBe(18);
  });

  it('is done again where it was not done, or was of an earlier claim', () => {
    const { announcing, sent } = rig();
    announcing.prompt();
    announcing.start(3);
    expect(sent()).toBe(3);
    announcing.prompt()?.done();
    announcing.stop();
    announcing.start(3);
    expect(sent()).toBe(6);
    announcing.prompt()?.done();
    announcing.prompt();
    announcing.start(3);
    expect(sent()).toBe(9);
  });

  it('cannot be where an address cannot be announced, or where there are more than one slice of them', () => {
    expect(rig(1, () => null).announcing.prompt()).toBeNull();
    expect(rig(65).announcing.prompt()).toBeNull();
    const { announcing } = rig();
    announcing.attach(new Map());
    expect(announcing.prompt()).toBeNull();
  });
});

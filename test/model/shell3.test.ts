import { describe, expect, it } from 'vitest';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { millis, seconds } from '../../src/values/time.js';
import { advert3, settings3 } from '../core/vrrp-transcript.js';
import { Rig, settings } from './rig.js';

const three = (): Rig => new Rig([settings({ vrrp: settings3(millis(100)) })]);
const NEIGHBOUR = '172.28.128.90' as Ipv4;

/** The neighbour says something in version 3. */
const says3 = (rig: Rig, priority: number, over: Parameters<typeof advert3>[1] = {}, from = NEIGHBOUR): void =>
  rig.neighbour.send({ kind: 'advert', from, advert: advert3(priority, { interval: millis(100), ...over }) });

describe('the shell of a version 3 router', () => {
  it('32: sends one and the same record at each interval, so that the lan encodes it once', async () => {
    const rig = await three().started(2);
    const sent = rig.sightings.flatMap(({ frame }) => (frame.kind === 'advert' ? [frame.advert] : []));
    expect(sent.length).toBe(17); // from 0.361 s on
    expect(new Set(sent).size).toBe(1);
    expect(sent[0]).toMatchObject({ version: 3, interval: millis(100), checksum: 'pseudo_header' });
    expect(rig.status.version).toBe(3);
  });

  it('18, 19, 7: takes what differs, counts it by its kind, and logs each kind once while it lasts', async () => {
    const rig = await three().started(0.1);
    for (let i = 0; i < 130; i += 1) {
      says3(rig, 200, { interval: seconds(1) });
      says3(rig, 200, { addresses: ['10.1.1.1' as Ipv4] });
      says3(rig, 200, { checksum: 'rfc9568' });
      says3(rig, 200, { interval: seconds(1) });
      await rig.until(0.1 + (i + 1) * 0.5);
    }
    const { counters, state, master } = rig.status;
    expect({ state, master, received: counters.received }).toEqual({
      state: 'backup',
      master: NEIGHBOUR,
      received: 520,
    });
    expect(counters.differing).toEqual({ 'other-interval': 260, 'other-addresses': 130, 'other-checksum': 130 });
    expect(counters.dropped).toEqual({});
    const logged = rig.logged.filter((line) => line.fields.condition !== undefined);
    expect(logged.length).toBe(3);
    expect(logged[0]?.message).toBe(
      'VI_1: adverts of 172.28.128.90 are taken: its advertisement interval is not ours; both routers need the same advert_int',
    );
  });

  it('8: counts an advert of version 2 for its VRID as its own, and is not impressed', async () => {
    const rig = await three().started(0.1);
    rig.says(200);
    await rig.until(0.2);
    expect(rig.status.counters).toMatchObject({ received: 0, dropped: { 'bad-version': 1 } });
    await rig.until(0.5);
    expect(rig.status.state).toBe('master');
  });

  it('13: logs an advert from its own address, and does not answer what may be its own by a loop', async () => {
    const rig = await three().started(0.5);
    const before = rig.frames.length;
    for (let i = 0; i < 5; i += 1) says3(rig, 50, {}, '172.28.128.60' as Ipv4);
    await rig.until(0.55);
    expect(rig.frames.slice(before)).toEqual([]);
    expect(rig.status.counters.dropped).toEqual({ 'own-address': 5 });
    expect(rig.logged.filter((line) => line.fields.condition === 'own-address').length).toBe(1);
  });

  it('26, 27: waits by the interval that it learned, and by its skew after priority 0', async () => {
    const rig = await three().started(0.1);
    says3(rig, 200, { interval: seconds(1) });
    await rig.until(3.7);
    expect(rig.status.state).toBe('backup');
    await rig.until(3.8);
    expect(rig.status.state).toBe('master');
  });
});

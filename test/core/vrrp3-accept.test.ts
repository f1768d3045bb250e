import { describe, expect, it } from 'vitest';
import { differences, refuse } from '../../src/core/vrrp/accept.js';
import { advertOf } from '../../src/core/vrrp/settings.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { millis, seconds } from '../../src/values/time.js';
import { advert, advert3, HIGH, ME, settings, settings3 } from './vrrp-transcript.js';

const mine = settings3(seconds(1));
const two = ['10.1.0.1', '10.1.0.2'] as Ipv4[];

describe('a well-formed version 3 advert', () => {
  it('is taken when it agrees with our settings, and nothing is said about it', () => {
    expect(refuse(mine, ME, HIGH, advert3(100))).toBeNull();
    expect(differences(mine, advert3(100))).toEqual([]);
  });

  it('8: is discarded by a version 2 router, and a version 2 advert by a version 3 router', () => {
    expect(refuse(settings(), ME, HIGH, advert3(100))).toBe('bad-version');
    expect(refuse(mine, ME, HIGH, advert(100))).toBe('bad-version');
  });

  it('13: from our own address is told as such, and is no news of a master', () => {
    expect(refuse(mine, ME, ME, advert3(255))).toBe('own-address');
  });

  it('18: with another interval is taken, and the interval is told', () => {
    const other = advert3(100, { interval: millis(10) });
    expect(refuse(mine, ME, HIGH, other)).toBeNull();
    expect(differences(mine, other)).toEqual(['other-interval']);
  });

  it('19: with another address list is taken, an owner’s too, and the list is told', () => {
    for (const priority of [0, 100, 255]) {
      const other = advert3(priority, { addresses: two });
      expect(refuse(mine, ME, HIGH, other)).toBeNull();
      expect(differences(mine, other)).toEqual(['other-addresses']);
    }
  });

  it('7: with the other checksum is taken, and the convention is told', () => {
    expect(differences(mine, advert3(100, { checksum: 'rfc9568' }))).toEqual(['other-checksum']);
    expect(differences({ ...mine, checksum: 'rfc9568' }, advert3(100))).toEqual(['other-checksum']);
  });

  it('is told about in all that differs', () => {
    const other = advert3(100, { interval: millis(10), addresses: two, checksum: 'rfc9568' });
    expect(differences(mine, other)).toEqual(['other-interval', 'other-addresses', 'other-checksum']);
  });
});

describe('what a router says', () => {
  it('has the fields of its version', () => {
    expect(advertOf(settings(), 100)).toEqual(advert(100));
    expect(advertOf(mine, 0)).toEqual(advert3(0));
  });
});

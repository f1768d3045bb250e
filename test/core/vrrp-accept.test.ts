import { describe, expect, it } from 'vitest';
import { refuse } from '../../src/core/vrrp/accept.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { seconds } from '../../src/values/time.js';
import { advert, HIGH, ME, settings } from './vrrp-transcript.js';

const two = ['10.1.0.1', '10.1.0.2'] as Ipv4[];

describe('a well-formed advert', () => {
  it('is taken when it agrees with our settings', () => {
    expect(refuse(settings(), ME, HIGH, advert(100))).toBeNull();
    expect(refuse(settings(), ME, HIGH, advert(0))).toBeNull();
  });

  it('13: from our own address is discarded, whatever it says', () => {
    expect(refuse(settings(), ME, ME, advert(200, { interval: seconds(9) }))).toBe('own-address');
  });

  it('18: with another interval is discarded', () => {
    expect(refuse(settings(), ME, HIGH, advert(100, { interval: seconds(2) }))).toBe('other-interval');
    expect(refuse(settings(), ME, HIGH, advert(255, { interval: seconds(0) }))).toBe('other-interval');
  });

  it('19: with another address list is discarded', () => {
    for (const addresses of [[], two, ['172.28.128.201'], ['172.28.128.200', '172.28.128.201']] as Ipv4[][]) {
      expect(refuse(settings(), ME, HIGH, advert(254, { addresses }))).toBe('other-addresses');
    }
    expect(
      refuse(settings({ addresses: two }), ME, HIGH, advert(1, { addresses: ['10.1.0.1', '10.1.0.1'] as Ipv4[] })),
    ).toBe('other-addresses');
  });

  it('19: with the same addresses in another order is taken', () => {
    expect(refuse(settings({ addresses: two }), ME, HIGH, advert(1, { addresses: [...two].reverse() }))).toBeNull();
  });

  it('19: of the owner is taken with any list', () => {
    expect(refuse(settings(), ME, HIGH, advert(255, { addresses: two }))).toBeNull();
  });

  it('20: with another type of authentication is discarded, both ways', () => {
    expect(refuse(settings(), ME, HIGH, advert(100, { auth: { type: 'none' } }))).toBe('other-auth-type');
    expect(refuse(settings({ auth: { type: 'none' } }), ME, HIGH, advert(100))).toBe('other-auth-type');
    expect(refuse(settings(), ME, HIGH, advert(100, { auth: { type: 'other', number: 2 } }))).toBe('other-auth-type');
  });

  it('20: with another password is discarded', () => {
    for (const password of ['', 'netolog', 'Netology']) {
      expect(refuse(settings(), ME, HIGH, advert(100, { auth: { type: 'pass', password } }))).toBe('other-auth-data');
    }
  });

  it('20: of the owner needs the right password all the same', () => {
    const forged = advert(255, { auth: { type: 'pass', password: 'x' } });
    expect(refuse(settings(), ME, HIGH, forged)).toBe('other-auth-data');
  });
});

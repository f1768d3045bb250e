import { describe, expect, it } from 'vitest';
import { differences, refuse } from '../../src/core/vrrp/accept.js';
import type { VrrpSettings } from '../../src/core/vrrp/settings.js';
import type { Ip } from '../../src/values/ip.js';
import { seconds } from '../../src/values/time.js';
import { advert3, settings3 } from './vrrp-transcript.js';

const ip = (text: string): Ip => text as Ip;
const [ME, OTHER] = [ip('fe80::1'), ip('fe80::2')];
const addresses = ['fe80::200', '2001:db8::200'].map(ip);
const mine: VrrpSettings = { ...settings3(seconds(1)), family: 6, addresses };

describe('a version 3 advert over IPv6', () => {
  it('16: with a link-local address first is taken, and nothing is said about it', () => {
    expect(refuse(mine, ME, OTHER, advert3(100, { addresses }))).toBeNull();
    expect(differences(mine, advert3(100, { addresses }))).toEqual([]);
  });

  it('16: with another address first is taken as RFC 9568 §7.1 has it, and that is told', () => {
    const other = advert3(100, { addresses: [...addresses].reverse() });
    expect(refuse(mine, ME, OTHER, other)).toBeNull();
    expect(differences(mine, other)).toEqual(['not-link-local']);
    const strange = advert3(100, { addresses: [ip('2001:db8::201')] });
    expect(differences(mine, strange)).toEqual(['other-addresses', 'not-link-local']);
  });
});

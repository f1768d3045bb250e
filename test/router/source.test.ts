import { describe, expect, it } from 'vitest';
import type { Unicast } from '../../src/core/vrrp/advert.js';
import type { Link, LinkAddress } from '../../src/ports/addresses.js';
import { LinkIndex } from '../../src/router/link-index.js';
import type { InstanceSettings } from '../../src/router/settings.js';
import { sourceOf } from '../../src/router/source.js';
import { type Cidr, type Family, type Ip, parseCidr } from '../../src/values/ip.js';
import { settings } from '../model/rig.js';

const on = (...texts: string[]): Link[] => [
  { name: 'eth1', index: 2, up: true, running: true, mac: '', addresses: texts.map(address) },
];
/** `10.0.0.1/24`, with a word behind it for its state. */
function address(text: string): LinkAddress {
  const [cidr = '', word] = text.split(' ');
  return {
    cidr: parseCidr(cidr) as Cidr,
    secondary: word === 'secondary',
    detection: word === 'tentative' || word === 'failed' ? word : 'done',
  };
}

const base = settings();
function source(
  links: readonly Link[],
  over: { family?: Family; source?: string; peers?: string[]; priority?: number } = {},
): string | null {
  const peers = (over.peers ?? []).map((peer) => ({ address: peer as Ip, minTtl: 1, maxTtl: 255 }));
  const unicast: Unicast | null = over.peers === undefined ? null : { peers, ttl: 255, anySource: false };
  const asked: InstanceSettings = {
    ...base,
    priority: over.priority ?? 100,
    source: (over.source ?? null) as Ip | null,
    vrrp: { ...base.vrrp, family: over.family ?? 6, unicast },
  };
  const virtual = new Set(['10.0.0.200', 'fe80::200', '2001:db8::200'] as Ip[]);
  const found = sourceOf(asked, LinkIndex.of(links, virtual));
  return found.address ?? found.fault;
}

describe('where adverts come from', () => {
  it('3: is the interface’s primary IPv4 address, whatever virtual and secondary ones stand before it', () => {
    const links = on('fe80::1/64', '10.0.0.200/24', '10.0.0.2/24 secondary', '10.0.0.1/24');
    expect(source(links, { family: 4 })).toBe('10.0.0.1');
    expect(source(on('10.0.0.200/24', 'fe80::1/64'), { family: 4 })).toBe(
      'interface eth1 has no IPv4 address of its own',
    );
    expect(source(on('10.0.0.200/24'), { family: 4, priority: 255 })).toBe('10.0.0.200');
  });

  it('3: is the interface’s link-local address for IPv6, never a virtual one', () => {
    expect(source(on('10.0.0.1/24', '2001:db8::1/64', 'fe80::200/64', 'fe80::1/64'))).toBe('fe80::1');
    expect(source(on('2001:db8::1/64', 'fe80::200/64'))).toBe(
      'interface eth1 has no link-local IPv6 address of its own, which adverts are sent from',
    );
  });

  it('is none that the kernel still checks, or that another host has too', () => {
    expect(source(on('fe80::1/64 tentative'))).toBe('fe80::1 on interface eth1 is still being checked for duplicates');
    expect(source(on('fe80::1/64 failed'))).toMatch(/^fe80::1 on interface eth1 is another host's too/);
    expect(source(on('fe80::1/64 failed', 'fe80::2/64'))).toBe('fe80::2');
  });

  it('is what the configuration says, while it is there', () => {
    const links = on('10.0.0.1/24', '10.0.0.2/24 secondary');
    expect(source(links, { family: 4, source: '10.0.0.2' })).toBe('10.0.0.2');
    expect(source(links, { family: 4, source: '10.0.0.3' })).toBe(
      '10.0.0.3, the configured source of adverts, is not on interface eth1',
    );
  });

  it('for IPv6 peers is link-local where all of them are, else an address that they can answer to', () => {
    const links = on('fe80::1/64', '2001:db8::200/64', '2001:db8::1/64');
    expect(source(links, { peers: ['fe80::2', 'fe80::3'] })).toBe('fe80::1');
    expect(source(links, { peers: ['fe80::2', '2001:db8::3'] })).toBe('2001:db8::1');
    expect(source(on('fe80::1/64'), { peers: ['2001:db8::3'] })).toBe(
      'interface eth1 has no IPv6 address of its own that peers beyond the link could answer to',
    );
  });
});

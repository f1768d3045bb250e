import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MacLink } from '../../src/kernel/macvlan-messages.js';
import {
  find,
  before as previous,
  raised,
  readNote,
  restored,
  reversePathFilter,
  writeNote,
} from '../../src/kernel/virtual-mac-plan.js';
import { type VirtualMac, virtualMacOf } from '../../src/ports/virtual-mac.js';

const wanted: VirtualMac = { name: 'vrrp.50', parent: 'eth1', mac: virtualMacOf(50, 4), family: 4 };
const plain = { up: true, alias: '', ipv6: true, parent: null, kind: null, arp: { arpIgnore: 0, arpAnnounce: 0 } };
const eth1: MacLink = { ...plain, index: 2, name: 'eth1', mac: '02:00:00:00:00:01' };
const eth2: MacLink = { ...plain, index: 3, name: 'eth2', mac: '02:00:00:00:00:02' };
const note = writeNote({ arpIgnore: 0, arpAnnounce: 1 });
const macvlan: MacLink = { ...plain, index: 9, name: 'vrrp.50', mac: wanted.mac, kind: 'macvlan', parent: 2 };
const ours: MacLink = { ...macvlan, alias: note };

describe('what is there under the name of a virtual MAC’s interface', () => {
  const kind = (...links: MacLink[]): string => find(wanted, links).kind;

  it('is nothing, ours, ours for something else, or somebody else’s', () => {
    expect(kind(eth1)).toBe('absent');
    expect(kind(eth1, ours)).toBe('ours');
    expect(kind(eth1, { ...ours, mac: virtualMacOf(51, 4) })).toBe('stale');
    expect(kind(eth1, eth2, { ...ours, parent: 3 })).toBe('stale');
    expect(kind(eth1, macvlan)).toBe('foreign');
    expect(kind(eth1, { ...ours, kind: 'bridge' })).toBe('foreign');
    expect(kind(eth1, { ...ours, alias: 'directord (mine, says the administrator)' })).toBe('foreign');
  });

  it('is ours when we were ended right after making it: down, unmarked, and with our MAC on our parent', () => {
    expect(kind(eth1, { ...macvlan, up: false })).toBe('ours');
    expect(kind(eth1, { ...macvlan, up: false, parent: 3 })).toBe('foreign');
    expect(kind(eth1, { ...macvlan, up: false, mac: eth2.mac })).toBe('foreign');
  });

  it('needs its parent', () => {
    expect(kind(ours)).toBe('no-parent');
    expect(kind(macvlan)).toBe('foreign');
  });

  it('lies beside a parent that is a macvlan itself, on the same hardware', () => {
    expect(find({ ...wanted, parent: 'mv0' }, [eth1, { ...macvlan, name: 'mv0', index: 5 }, ours]).kind).toBe('ours');
  });
});

describe('the parent’s settings', () => {
  const value = fc.integer({ min: 0, max: 9 });
  const conf = fc.record({ arpIgnore: value, arpAnnounce: value });

  it('are put back as they were found, through a note that outlives us', () => {
    fc.assert(
      fc.property(conf, (found) => {
        expect(readNote(writeNote(found))).toEqual(found);
        expect(restored(raised(found), readNote(writeNote(found)) ?? found)).toEqual(found);
      }),
    );
  });

  it('stay where an administrator changed them meanwhile', () => {
    fc.assert(
      fc.property(conf, conf, (found, now) => {
        const { arpIgnore, arpAnnounce } = restored(now, found);
        expect([found.arpIgnore, now.arpIgnore]).toContain(arpIgnore);
        expect([found.arpAnnounce, now.arpAnnounce]).toContain(arpAnnounce);
        if (now.arpIgnore !== raised(found).arpIgnore) expect(arpIgnore).toBe(now.arpIgnore);
      }),
    );
  });

  it('of before are read from any interface of ours on it, not from what we have set', () => {
    const set = { ...eth1, arp: { arpIgnore: 1, arpAnnounce: 2 } };
    expect(previous(set, [set, { ...ours, name: 'vrrp.51' }])).toEqual({ arpIgnore: 0, arpAnnounce: 1 });
    expect(previous(set, [set, { ...ours, parent: 3 }])).toEqual({ arpIgnore: 1, arpAnnounce: 2 });
  });

  it('check the way back not at all, or loosely where all interfaces check it', () => {
    expect([0, 1, 2].map(reversePathFilter)).toEqual([0, 2, 2]);
  });
});

import { expect, test } from 'vitest';
import { checkHost } from '../../src/config/host.js';
import { parseConfig } from '../../src/config/load.js';
import { instanceSettings } from '../../src/router/from-config.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { instance } from './bad/row.js';

function read(text: string) {
  const result = parseConfig(text, 'f.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}
const settings = (...lines: string[]) => instanceSettings(read(instance(...lines)))[0];

test('without virtual_mac, or with false, addresses stand on the interface itself', () => {
  for (const lines of [[], ['virtual_mac: false']]) {
    expect(settings(...lines)).toMatchObject({ virtualMac: null, addresses: [{ interface: 'eth1' }] });
  }
});

test('4 · 30 · virtual_mac: true gives the RFCs’ MAC on an interface named by the VRID, which carries the addresses', () => {
  expect(settings('virtual_mac: true', 'excluded_addresses: [172.28.128.201/24]')).toMatchObject({
    virtualMac: { interface: 'vrrp.50', mac: '00:00:5e:00:01:32', adverts: 'virtual' },
    addresses: [{ interface: 'vrrp.50' }, { interface: 'vrrp.50' }],
  });
});

test('4 · for IPv6 the MAC has a 02, and the interface another name', () => {
  const text = instance('version: 3', 'virtual_mac: true').replace('172.28.128.200/24', 'fe80::200/64');
  expect(instanceSettings(read(text))[0]).toMatchObject({
    virtualMac: { interface: 'vrrp6.50', mac: '00:00:5e:00:02:32' },
    addresses: [{ interface: 'vrrp6.50' }],
  });
});

test('interface and adverts can be given, and an address can stay where it was', () => {
  const lines = [
    'virtual_mac: { interface: vip0, adverts: base }',
    'excluded_addresses: [{ address: 10.0.0.1/32, interface: eth1 }]',
  ];
  expect(settings(...lines)).toMatchObject({
    virtualMac: { interface: 'vip0', adverts: 'base' },
    addresses: [{ interface: 'vip0' }, { interface: 'eth1' }],
  });
});

test('adverts to unicast peers leave by the interface itself', () => {
  expect(settings('unicast: { peers: [172.28.128.90] }', 'virtual_mac: true')?.virtualMac?.adverts).toBe('base');
});

test('an interface that the daemon makes itself is not missed on the host', () => {
  const interfaces = new Map([['eth1', ['172.28.128.60' as Ipv4]]]);
  const facts = { interfaces, scripts: new Map(), users: new Map(), ipvs: 'loaded' } as const;
  const text = instance('virtual_mac: true', 'excluded_addresses: [172.28.128.201/24]');
  expect(checkHost(read(text), facts)).toEqual([]);
});

test('31 · accept is true unless the file says otherwise', () => {
  expect([settings()?.accept, settings('accept: false')?.accept]).toEqual([true, false]);
});

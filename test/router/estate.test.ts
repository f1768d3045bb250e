import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { describeWay } from '../../src/ports/routes.js';
import { type Estate, estateOf, leftOver, removeEstate } from '../../src/router/estate.js';
import { instanceSettings } from '../../src/router/from-config.js';
import type { Failure } from '../../src/values/failure.js';
import { formatCidr } from '../../src/values/ip.js';

const settings = (instances: string) => {
  const loaded = parseConfig(`vrrp:\n  instances:\n${instances}`, 'x.yaml');
  if (!loaded.ok) throw new Error(loaded.problems.map((p) => p.message).join());
  return instanceSettings(loaded.config);
};

const BEFORE = settings(`
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      virtual_mac: true
      accept: false
      virtual_addresses: [10.0.0.200/24, 10.0.0.201/24]
      excluded_addresses: [{ address: 10.1.0.200/24, interface: eth2 }, 2001:db8::200/64]
      routes: [{ to: default, via: 10.0.0.1 }, { to: 10.9.0.0/16, via: 10.0.0.2 }]
      rules: [{ from: 10.0.0.200/32, table: 100, priority: 1000 }]
    - { name: VI_2, interface: eth2, virtual_router_id: 51, priority: 255, virtual_addresses: [10.1.0.60/24] }
`);

const show = ({ addresses, ways, virtualMacs, filter }: Estate) => ({
  addresses: addresses.map((a) => `${formatCidr(a.cidr)} ${a.interface}`),
  ways: ways.map(describeWay),
  macs: virtualMacs.map((m) => `${m.name} on ${m.parent} ${m.mac}`),
  filter,
});

describe('what an earlier run left behind', () => {
  it('is nothing while the settings are the same', () => {
    expect(show(leftOver(estateOf(BEFORE), BEFORE))).toEqual({ addresses: [], ways: [], macs: [], filter: false });
  });

  it('is all of its estate where nothing is wanted any more, but no address that it owned', () => {
    expect(show(leftOver(estateOf(BEFORE), []))).toEqual({
      addresses: ['10.0.0.200/24 vrrp.50', '10.0.0.201/24 vrrp.50', '10.1.0.200/24 eth2', '2001:db8::200/64 vrrp.50'],
      ways: [
        'route default via 10.0.0.1 table 254',
        'route 10.9.0.0/16 via 10.0.0.2 table 254',
        'rule 1000: from 10.0.0.200/32 table 100',
      ],
      macs: ['vrrp.50 on eth1 00:00:5e:00:01:32'],
      filter: true,
    });
  });

  it('is what moved, and what became the host’s own stays', () => {
    const now = settings(`
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [10.0.0.200/24]
      excluded_addresses: [{ address: 10.1.0.200/24, interface: eth3 }]
      routes: [{ to: default, via: 10.0.0.3 }, { to: 10.9.0.0/16, via: 10.0.0.2 }]
    - name: VI_2
      interface: vrrp.50
      virtual_router_id: 51
      priority: 255
      virtual_addresses: [10.0.0.201/24]
`);
    expect(show(leftOver(estateOf(BEFORE), now))).toEqual({
      addresses: ['10.0.0.200/24 vrrp.50', '10.1.0.200/24 eth2', '2001:db8::200/64 vrrp.50'],
      ways: ['route default via 10.0.0.1 table 254', 'rule 1000: from 10.0.0.200/32 table 100'],
      macs: ['vrrp.50 on eth1 00:00:5e:00:01:32'],
      filter: true,
    });
  });

  it('is removed in the order of a release, and what the kernel refuses is told', async () => {
    const order: string[] = [];
    const refusal: Failure = { what: 'address.remove', code: 'EPERM', detail: '10.0.0.201/24' };
    const note = (text: string): null => {
      order.push(text);
      return null;
    };
    const failures = await removeEstate(leftOver(estateOf(BEFORE), []), {
      ways: { remove: async (list) => list.map((way) => note(describeWay(way))) },
      addresses: { remove: async (list) => list.map((a, i) => note(formatCidr(a.cidr)) ?? (i === 1 ? refusal : null)) },
      virtualMacs: { remove: async (list) => list.map((mac) => note(mac.name)) },
      packetFilter: { remove: async () => note('filter') },
    });
    expect(failures).toEqual([refusal]);
    expect(order).toEqual([
      'rule 1000: from 10.0.0.200/32 table 100',
      'route 10.9.0.0/16 via 10.0.0.2 table 254',
      'route default via 10.0.0.1 table 254',
      '10.0.0.200/24',
      '10.0.0.201/24',
      '10.1.0.200/24',
      '2001:db8::200/64',
      'vrrp.50',
      'filter',
    ]);
  });
});

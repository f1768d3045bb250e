import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { Lab } from '../lab.js';
import { Moves, PRIORITY, type Setting } from './moves.js';
import { type Speaker, until, type Which } from './pair.js';

const ADDRESSES = ['fe80::200/64', '2001:db8::200/64'];
const ID: Readonly<Record<Which | 'client', string>> = { d1: '60', d2: '90', client: '10' };

/** Over IPv6 to the group: the hosts' link-local addresses are those that the kernel gives them. */
const setting: Setting = {
  name: 'v6',
  intervalMs: 100,
  version: 3,
  hosts: { d1: own('d1'), d2: own('d2'), client: own('client') },
  addresses: ADDRESSES,
  witness: 'client',
  yaml: (which) => `
vrrp:
  instances:
    - name: VI_6
      version: 3
      interface: eth1
      virtual_router_id: 60
      priority: ${PRIORITY[which]}
      advert_int: 100ms
      virtual_addresses: [${ADDRESSES.join(', ')}]
`,
  conf: (which) => `
global_defs {
  vrrp_version 3
}
vrrp_instance VI_6 {
  state BACKUP
  native_ipv6
  interface eth1
  virtual_router_id 60
  priority ${PRIORITY[which]}
  advert_int 0.1
  virtual_ipaddress {
    ${ADDRESSES.join('\n    ')}
  }
}
`,
};

function own(host: Which | 'client'): readonly string[] {
  return [`172.28.128.${ID[host]}/24`, `2001:db8::${ID[host]}/64`];
}

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

async function plays(d1: Speaker, d2: Speaker): Promise<void> {
  const moves = await Moves.up(setting, d1, d2);
  lab = moves.lab;
  await moves.play();
}

describe('version 3 over IPv6', () => {
  it('1, 2, 3, 16, 29, 36: fails over between two directords', () => plays('directord', 'directord'), 120_000);

  it('takes over from keepalived, and gives the addresses back to it', () => plays('keepalived', 'directord'), 120_000);

  it('is taken over by keepalived, and takes the addresses back', () => plays('directord', 'keepalived'), 120_000);

  it('38: lives beside version 2 for IPv4 with the same VRID, each with a master of its own', async () => {
    lab = await Lab.up({ name: 'v6-both', hosts: { d1: { eth1: [...own('d1')] }, d2: { eth1: [...own('d2')] } } });
    const both = (which: Which): string => `${setting.yaml(which)}
    - name: VI_4
      interface: eth1
      virtual_router_id: 60
      priority: ${150 - PRIORITY[which]}
      virtual_addresses: [172.28.128.200/24]
`;
    await lab.host('d1').directord(both('d1'));
    await lab.host('d2').directord(both('d2'));
    const states = async (which: Which): Promise<string> => {
      const { stdout } = await (lab as Lab).host(which).directorctl(['status', '--json']);
      if (stdout === '') return '';
      const { instances } = JSON.parse(stdout) as StatusReport;
      return instances.map((i) => `${i.name} ${i.state} ${Object.keys(i.counters.dropped).join()}`).join('; ');
    };
    await until(async () => (await states('d1')) === 'VI_6 master ; VI_4 backup ', 20_000, 'IPv6 to be on d1');
    await until(async () => (await states('d2')) === 'VI_6 backup ; VI_4 master ', 20_000, 'IPv4 to be on d2');
    expect(await lab.host('d1').hasAddress('eth1', 'fe80::200/64')).toBe(true);
    expect(await lab.host('d2').hasAddress('eth1', '172.28.128.200/24')).toBe(true);
  }, 60_000);
});

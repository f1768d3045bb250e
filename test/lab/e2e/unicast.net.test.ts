import { afterEach, describe, it } from 'vitest';
import type { Lab } from '../lab.js';
import { Moves, PRIORITY, type Setting } from './moves.js';
import type { Speaker, Which } from './pair.js';

const other = (which: Which): Which => (which === 'd1' ? 'd2' : 'd1');

/** Two directors that speak to each other alone. @param base of their addresses, which end in 60, 90 and 10. */
function unicast(name: string, version: 2 | 3, base: string, addresses: readonly string[]): Setting {
  const prefix = base.includes(':') ? 64 : 24;
  const at: Readonly<Record<Which | 'client', string>> = { d1: `${base}60`, d2: `${base}90`, client: `${base}10` };
  // keepalived 2.2.7 leaves the hop limit of IPv6 unicast to the kernel.
  const hops = prefix === 64 ? 64 : 255;
  const intervalMs = version === 2 ? 1000 : 100;
  return {
    name,
    intervalMs,
    version,
    hosts: { d1: [`${at.d1}/${prefix}`], d2: [`${at.d2}/${prefix}`], client: [`${at.client}/${prefix}`] },
    addresses,
    witness: 'd2',
    yaml: (which) => `
vrrp:
  instances:
    - name: VI_1
      version: ${version}
      interface: eth1
      virtual_router_id: 50
      priority: ${PRIORITY[which]}
      advert_int: ${intervalMs}ms
${version === 2 ? '      auth: { type: pass, pass: netology }\n' : ''}      unicast:
        peers: [{ address: ${at[other(which)]}, min_ttl: ${hops} }]
      virtual_addresses: [${addresses.join(', ')}]
`,
    conf: (which) => `
global_defs {
  vrrp_version ${version}
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth1
  virtual_router_id 50
  priority ${PRIORITY[which]}
  advert_int ${intervalMs / 1000}
  check_unicast_src
  unicast_src_ip ${at[which]}
  unicast_peer {
    ${at[other(which)]} min_ttl 255
  }
${version === 2 ? '  authentication {\n    auth_type PASS\n    auth_pass netology\n  }\n' : ''}  virtual_ipaddress {
    ${addresses.join('\n    ')}
  }
}
`,
  };
}

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

const settings = [
  unicast('uni2', 2, '172.28.128.', ['172.28.128.200/24']),
  unicast('uni3', 3, '172.28.128.', ['172.28.128.200/24', '172.28.128.201/24']),
  unicast('uni6', 3, '2001:db8::', ['fe80::200/64', '2001:db8::200/64']),
];
const titles = ['version 2', 'version 3 over IPv4', 'version 3 over IPv6'];

describe.each(settings.map((setting, i) => [titles[i], setting] as const))('unicast peers, %s', (_, setting) => {
  const plays = async (d1: Speaker, d2: Speaker): Promise<void> => {
    const moves = await Moves.up(setting, d1, d2);
    lab = moves.lab;
    await moves.play();
  };

  it('take over from keepalived, and give the addresses back to it', () => plays('keepalived', 'directord'), 120_000);

  it('are taken over by keepalived, and take the addresses back', () => plays('directord', 'keepalived'), 120_000);
});

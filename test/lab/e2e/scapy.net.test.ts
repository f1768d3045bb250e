import { afterEach, describe, expect, it } from 'vitest';
import { Lab } from '../lab.js';
import { until } from './pair.js';

const SOURCE = '172.28.128.60';

const yaml = `
vrrp:
  instances:
    - name: V2
      interface: eth1
      virtual_router_id: 2
      auth: { type: pass, pass: netology }
      virtual_addresses: [172.28.128.200/24, 172.28.128.201/24]
    - name: V3
      version: 3
      interface: eth1
      virtual_router_id: 3
      priority: 150
      advert_int: 100ms
      virtual_addresses: [172.28.128.202/24, 172.28.128.203/24]
    - name: V3_RFC
      version: 3
      interface: eth1
      virtual_router_id: 4
      advert_int: 200ms
      checksum: rfc9568
      virtual_addresses: [172.28.128.204/24]
    - name: V6
      version: 3
      interface: eth1
      virtual_router_id: 6
      priority: 200
      advert_int: 250ms
      virtual_addresses: [fe80::200/64, 2001:db8::200/64]
`;

/** What scapy reads in each frame; `again`: what it writes for the fields that it read, lengths and checksums by itself. */
const SCRIPT = `
import json, sys
from scapy.all import Ether, IP, IPv6, Raw
from scapy.layers.inet import checksum
from scapy.layers.vrrp import VRRP, VRRPv3
for line in sys.stdin:
    frame = bytes.fromhex(line)
    packet = Ether(frame)
    ip = packet.getlayer(IP) or packet.getlayer(IPv6)
    layer = ip.payload
    fields = dict(layer.fields)
    fields.update(layer=type(layer).__name__, source=ip.src, to=ip.dst, rest=len(layer.payload))
    fields['hops'] = ip.ttl if IP in packet else ip.hlim
    again = packet.copy()
    # By delattr: what is left in the packet's cache would be written as it was read.
    for one, names in ((type(ip), ('len', 'ihl', 'chksum', 'plen')), (type(layer), ('ipcount', 'chksum'))):
        for name in names:
            if name in again[one].fields:
                delattr(again[one], name)
    again = bytes(again)
    at = len(frame) - len(layer)
    fields['again'] = again == frame
    fields['but_for_checksum'] = again[:at + 6] + again[at + 8:] == frame[:at + 6] + frame[at + 8:]
    fields['message_sum'] = checksum(frame[at:])
    print(json.dumps(fields))
`;

interface Read {
  readonly layer: string;
  readonly vrid: number;
  readonly priority: number;
  readonly chksum: number;
}

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

describe('scapy', () => {
  it('1, 2, 3, 5, 6, 7, 36: reads every advert of a live capture, of both versions and families, and writes the same bytes', async () => {
    const hosts = { d1: { eth1: [`${SOURCE}/24`, '2001:db8::60/64'] }, client: { eth1: '172.28.128.10/24' } };
    lab = await Lab.up({ name: 'scapy', hosts });
    const [d1, client] = [lab.host('d1'), lab.host('client')];
    const capture = await client.tcpdump('eth1', 'ip proto 112 or ip6 proto 112');
    const directord = await d1.directord(yaml);
    const seen = (id: number) => capture.packets.filter((p) => p.vrrp?.virtualRouterId === id).length >= 3;
    await until(() => [2, 3, 4, 6].every(seen), 20_000, 'three adverts of each');
    directord.kill('SIGTERM');
    await directord.exited;
    const last = (id: number) => capture.packets.some((p) => p.vrrp?.virtualRouterId === id && p.vrrp.priority === 0);
    await until(() => [2, 3, 4, 6].every(last), 5_000, 'the last advert of each');

    const packets = await capture.stop();
    const input = packets.map(({ bytes }) => `${Buffer.from(bytes).toString('hex')}\n`).join('');
    // By its path: another Python in front of Debian's would not have Debian's scapy.
    const lines = (await client.must(['/usr/bin/python3', '-c', SCRIPT], input)).trim().split('\n');
    expect(lines.length).toBe(packets.length);
    const linkLocal = expect.stringMatching(/^fe80::/);
    const common = { type: 1, rest: 0, hops: 255 };
    const v3 = { ...common, layer: 'VRRPv3', version: 3, res: 0 };
    const four = { source: SOURCE, to: '224.0.0.18' };
    // scapy knows the sum over the pseudo-header only, so what is as RFC 9568 has it differs in that.
    const expected: Readonly<Record<number, object>> = {
      2: {
        ...common,
        ...four,
        layer: 'VRRP',
        version: 2,
        ipcount: 2,
        authtype: 1,
        adv: 1,
        addrlist: ['172.28.128.200', '172.28.128.201'],
        auth1: Buffer.from('neto').readUInt32BE(),
        auth2: Buffer.from('logy').readUInt32BE(),
        again: true,
      },
      3: { ...v3, ...four, ipcount: 2, adv: 10, addrlist: ['172.28.128.202', '172.28.128.203'], again: true },
      4: {
        ...v3,
        ...four,
        ipcount: 1,
        adv: 20,
        addrlist: ['172.28.128.204'],
        again: false,
        but_for_checksum: true,
        message_sum: 0,
      },
      6: {
        ...v3,
        source: linkLocal,
        to: 'ff02::12',
        ipcount: 2,
        adv: 25,
        addrlist: ['fe80::200', '2001:db8::200'],
        again: true,
      },
    };
    const priorities: Readonly<Record<number, number>> = { 2: 100, 3: 150, 4: 100, 6: 200 };
    for (const line of lines) {
      const read = JSON.parse(line) as Read;
      expect(read).toMatchObject(expected[read.vrid] ?? { vrid: 'one of ours' });
      expect([0, priorities[read.vrid]]).toContain(read.priority);
    }
  });
});

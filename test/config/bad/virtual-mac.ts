import { type BadFile, instance } from './row.js';

const mac = (text: string): string => instance(`virtual_mac: ${text}`);
const ALLOWED = 'true, false, or a mapping with interface, adverts';
const second = (keys: string): string =>
  `    - { name: VI_2, interface: eth2, virtual_router_id: 50, virtual_addresses: [172.28.129.200/24], ${keys} }\n`;

export const rows: readonly BadFile[] = [
  [
    'a virtual MAC by yes, which is a text in YAML 1.2',
    mac('yes'),
    `7:20: vrrp.instances[0].virtual_mac: found "yes"; allowed: ${ALLOWED}`,
  ],
  [
    'a virtual MAC by a name alone, as keepalived has it',
    mac('vrrp.50'),
    `7:20: vrrp.instances[0].virtual_mac: found "vrrp.50"; allowed: ${ALLOWED}`,
  ],
  [
    'a name of more than 15 characters',
    mac('{ interface: a-rather-long-name }'),
    '7:33: vrrp.instances[0].virtual_mac.interface: found "a-rather-long-name"; allowed: an interface name of 1 to 15 characters without spaces, "/" and ":"',
  ],
  [
    'adverts from elsewhere',
    mac('{ adverts: both }'),
    '7:31: vrrp.instances[0].virtual_mac.adverts: found "both"; allowed: virtual, base',
  ],
  [
    'a virtual MAC on the interface that an instance speaks on',
    mac('{ interface: eth1 }'),
    '7:20: vrrp.instances[0].virtual_mac: found the interface eth1, which an instance speaks on already; allowed: a name of its own, by virtual_mac: { interface: NAME }',
  ],
  [
    'one VRID on two interfaces, with virtual MACs of one name',
    `${mac('true')}${second('virtual_mac: true')}`,
    '8:114: vrrp.instances[1].virtual_mac: found the interface vrrp.50, which vrrp.instances[0].virtual_mac has already; allowed: a name of its own, by virtual_mac: { interface: NAME }',
  ],
  [
    'an owner with a virtual MAC',
    instance('priority: 255', 'virtual_mac: true'),
    '8:20: vrrp.instances[0].virtual_mac: found it with priority 255, but the addresses of their owner stand on its interface and answer with that one’s MAC; allowed: a priority of 1 to 254, or no virtual_mac',
  ],
  [
    'adverts to unicast peers with the virtual MAC',
    instance('unicast: { peers: [172.28.128.90] }', 'virtual_mac: { adverts: virtual }'),
    '8:31: vrrp.instances[0].virtual_mac.adverts: found virtual, but adverts to unicast peers go where the routes lead; allowed: base',
  ],
  [
    'an owner that does not accept',
    instance('priority: 255', 'accept: false'),
    '8:15: vrrp.instances[0].accept: found false with priority 255, but the owner of the addresses always takes packets for them; allowed: true, or a priority of 1 to 254',
  ],
  ['accept by a number', instance('accept: 1'), '7:15: vrrp.instances[0].accept: found 1; allowed: true or false'],
];

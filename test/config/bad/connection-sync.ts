import { type BadFile, instance } from './row.js';

const sync = (text: string): string => instance(`connection_sync: ${text}`);

export const rows: readonly BadFile[] = [
  [
    'connection sync by an interface alone, as keepalived has it',
    sync('eth1'),
    '7:24: vrrp.instances[0].connection_sync: found "eth1"; allowed: a mapping with interface, id, group, port, ttl, maxlen',
  ],
  [
    'a sync id of 256',
    sync('{ id: 256 }'),
    '7:30: vrrp.instances[0].connection_sync.id: found 256; allowed: a whole number from 0 to 255',
  ],
  [
    'a sync group that is one host',
    sync('{ group: 10.0.0.81 }'),
    '7:33: vrrp.instances[0].connection_sync.group: found "10.0.0.81", which is no multicast address; allowed: a multicast address such as 224.0.0.81 or ff02::81',
  ],
  [
    'a sync group that is a name',
    sync('{ group: all }'),
    '7:33: vrrp.instances[0].connection_sync.group: found "all"; allowed: a multicast address such as 224.0.0.81 or ff02::81',
  ],
  [
    'a port, a TTL and a length out of range',
    sync('{ port: 0, ttl: 256, maxlen: 65508 }'),
    '7:32: vrrp.instances[0].connection_sync.port: found 0; allowed: a whole number from 1 to 65535',
    '7:40: vrrp.instances[0].connection_sync.ttl: found 256; allowed: a whole number from 1 to 255',
    '7:53: vrrp.instances[0].connection_sync.maxlen: found 65508; allowed: a whole number from 1 to 65507',
  ],
  [
    'connection sync on two instances',
    `${sync('{}')}    - { name: VI_2, interface: eth1, virtual_router_id: 51, virtual_addresses: [172.28.128.201/24], connection_sync: { id: 7 } }
`,
    '8:118: vrrp.instances[1].connection_sync: found it on VI_2, while VI_1 has vrrp.instances[0].connection_sync already; allowed: one instance, because the kernel has one sync daemon of each role',
  ],
];

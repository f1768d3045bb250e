import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { connectionSyncOf } from '../../src/router/sync-roles.js';
import { instance } from './bad/row.js';

function read(...lines: string[]) {
  const result = parseConfig(instance(...lines), 'f.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return connectionSyncOf(result.config);
}

test('without connection_sync nothing follows an instance', () => {
  expect(read()).toBeNull();
});

test('an empty connection_sync takes the instance’s interface and VRID, and the kernel’s own group, port and TTL', () => {
  expect(read('connection_sync: {}')).toEqual({
    instance: 'VI_1',
    interface: 'eth1',
    id: 50,
    group: '224.0.0.81',
    port: 8848,
    ttl: 1,
    maxlen: null,
  });
});

test('every key of connection_sync is taken over', () => {
  const keys = '{ interface: eth2, id: 0, group: ff02::51, port: 9000, ttl: 3, maxlen: 1400 }';
  expect(read(`connection_sync: ${keys}`)).toEqual({
    instance: 'VI_1',
    interface: 'eth2',
    id: 0,
    group: 'ff02::51',
    port: 9000,
    ttl: 3,
    maxlen: 1400,
  });
});

import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.js';
import { modelOf } from '../../src/director/model.js';
import { select } from '../../src/director/select.js';

const loaded = parseConfig(
  `ipvs:
  services:
    - { name: six, address: "[2001:db8::1]:80", servers: [{ address: "[2001:db8::11]:80" }, { address: "[2001:db8::12]:80" }] }
    - { name: group, addresses: [10.0.0.1:80, 10.0.0.1:443, { fwmark: 5 }], servers: [{ address: 10.0.0.11 }] }
`,
  'f.yaml',
);
if (!loaded.ok) throw new Error(loaded.problems.map((p) => p.message).join('\n'));
const services = modelOf(loaded.config.ipvs);

const found = (address: string): string[] => {
  const chosen = select(services, { address });
  return chosen.ok ? chosen.value.map(({ service, server }) => `${service.name} ${server.address}`) : [chosen.code];
};

describe('a server', () => {
  it.each(['2001:db8::11', '[2001:db8::11]', '[2001:db8::11]:80', '2001:DB8:0::11', '[2001:DB8:0::11]:80'])(
    'is found by %s',
    (text) => expect(found(text)).toEqual(['six [2001:db8::11]:80']),
  );

  it.each(['2001:db8::13', '[2001:db8::11]:81', '2001:db8::11:80', '10.0.0.11:80'])('is not found by %s', (text) =>
    expect(found(text)).toEqual(['unknown-server']),
  );

  it('without a port is called by its address, and has a row in each service of its group', () => {
    expect(found('10.0.0.11')).toEqual(['group 10.0.0.11']);
    expect(services[1]?.servers[0]).toMatchObject({
      row: 'tcp/10.0.0.1:80 10.0.0.11:80',
      rows: ['tcp/10.0.0.1:80 10.0.0.11:80', 'tcp/10.0.0.1:443 10.0.0.11:443', 'fwmark/5 10.0.0.11:0'],
    });
  });
});

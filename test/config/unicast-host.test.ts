import { expect, test } from 'vitest';
import { checkHost } from '../../src/config/host.js';
import { formatProblem, parseConfig } from '../../src/config/load.js';
import type { Ip } from '../../src/values/ip.js';
import { instance } from './bad/row.js';

const interfaces = new Map([['eth1', ['172.28.128.60', 'fe80::60'] as Ip[]]]);

function problems(...lines: string[]): string[] {
  const result = parseConfig(instance(...lines), 'f.yaml');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  const facts = { interfaces, scripts: new Map(), users: new Map(), ipvs: 'loaded' } as const;
  return checkHost(result.config, facts).map((f) => formatProblem(result.locate(f)));
}

test('a source that is on the interface, and peers elsewhere, fit this machine', () => {
  expect(problems('source: 172.28.128.60', 'unicast: { peers: [172.28.128.90] }')).toEqual([]);
});

test('a source that is not on the interface, and a peer that is this machine, are told', () => {
  expect(problems('unicast: { source: 172.28.128.61, peers: [172.28.128.60] }')).toEqual([
    'f.yaml:7:26: vrrp.instances[0].unicast.source: found 172.28.128.61, which is not on eth1; allowed: 172.28.128.60, fe80::60',
    "f.yaml:7:49: vrrp.instances[0].unicast.peers[0]: found 172.28.128.60, which is this host's own; allowed: addresses of the other routers",
  ]);
  expect(problems('source: 172.28.128.61')).toHaveLength(1);
});

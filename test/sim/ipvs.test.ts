import { describe, expect, test } from 'vitest';
import { PLAIN_SERVICE, plainServer, type TableChange } from '../../src/core/ipvs/table.js';
import { SimIpvs } from '../../src/sim/ipvs.js';
import type { Ipv4 } from '../../src/values/ipv4.js';
import { ipvsContract } from '../contract/ipvs.js';
import { SCHEDULERS, settled } from '../core/ipvs/tables.js';

ipvsContract(
  'the simulated kernel',
  async () => {
    const table = new SimIpvs({ schedulers: SCHEDULERS, engines: ['sip'] });
    return {
      table,
      judge: async () => settled(table.table),
      clear: async () => table.meddle(),
      end: async () => {},
    };
  },
  { runs: 200, judged: 1 },
);

describe('the simulated kernel, broken on purpose', () => {
  const service = { protocol: 'tcp', address: '10.0.0.1' as Ipv4, port: 80 } as const;
  const server = { address: '10.1.0.1' as Ipv4, port: 80 };
  const changes: TableChange[] = [
    { kind: 'addService', service, settings: { ...PLAIN_SERVICE, scheduler: 'rr', persistence: 0 } },
    { kind: 'addServer', service, server, settings: plainServer('dr', 1) },
  ];

  test('without IPVS every call fails and says how to load it', async () => {
    const sim = new SimIpvs({ present: false });
    expect(await sim.dump()).toMatchObject({ code: 'no-ipvs', detail: expect.stringContaining('modprobe ip_vs') });
    expect(await sim.apply(changes)).toMatchObject([{ code: 'no-ipvs' }, { code: 'no-ipvs' }]);
  });

  test('a fault refuses the changes that it picks', async () => {
    const sim = new SimIpvs();
    sim.fault = (change) => (change.kind === 'addServer' ? 'ENOMEM' : null);
    expect((await sim.apply(changes)).map((failure) => failure?.code ?? null)).toEqual([null, 'ENOMEM']);
    expect(sim.tried).toEqual(changes);
    sim.fault = null;
    expect(await sim.apply(changes.slice(1))).toEqual([null]);
  });

  test('connections are what the test says they are, and outlive an edit', async () => {
    const sim = new SimIpvs();
    await sim.apply(changes);
    sim.observe(service, server, { activeConnections: 3 });
    await sim.apply([{ kind: 'editServer', service, server, settings: plainServer('dr', 0) }]);
    expect(sim.table[0]?.servers[0]).toMatchObject({ activeConnections: 3, weight: 0 });
    expect(() => sim.observe(service, { ...server, port: 81 }, {})).toThrow('no row 10.1.0.1:81');
  });
});

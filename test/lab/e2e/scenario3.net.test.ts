import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { scenario3Steps } from './scenario3.js';

// On this machine's own kernel, for the real figures: it may have no IPVS, which VRRP does not mind.
scenario3Steps('s3net', 'real', (up) => {
  it.skipIf(existsSync('/proc/net/ip_vs'))(
    'a kernel without IPVS is told in status and log, once, and stops nothing',
    async () => {
      const status = await up().status('h1');
      expect(status).toMatchObject({ state: 'master', connectionSync: { role: null, interface: 'eth1', id: 100 } });
      expect(status.reasons).toEqual([
        expect.stringMatching(/^no connection sync: .* no IPVS: load it with `modprobe ip_vs`/),
      ]);
      const told =
        up()
          .host('h1')
          .started.find(({ name }) => name.endsWith('directord'))?.output ?? '';
      expect(told.match(/no connection sync/g)?.length).toBeGreaterThan(0);
    },
  );
});

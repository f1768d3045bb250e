import { SimSyncDaemons } from '../../src/sim/sync-daemon.js';
import { syncContract } from '../contract/sync-daemon.js';

syncContract('the simulated kernel', async () => {
  const daemons = new SimSyncDaemons();
  daemons.interfaces = new Set(['eth1']);
  return { daemons, end: async () => {} };
});

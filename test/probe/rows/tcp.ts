import { overTcp } from '../matrix.js';

export const tcp = overTcp({
  title: 'tcp',
  settings: { type: 'tcp' },
  healthy: () => {},
  // The kernel accepts: nothing of what the server says or does then counts.
  awaits: null,
  wrong: null,
  endless: null,
});

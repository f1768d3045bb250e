import { defineConfig } from 'vitest/config';

/** Tests that measure what a whole machine does under a flood: nothing may run beside them. */
const alone = ['test/**/flood.net.test.ts'];
/** Said by other tests as well, faster: with keepalived as the other director by those of plain network namespaces. */
const night = [
  'test/lab/e2e/failover-keepalived.ipvs.test.ts',
  'test/lab/e2e/scenario3.ipvs.test.ts',
  'test/lab/e2e/accept.ipvs.test.ts',
  'test/lab/keepalived-reference.ipvs.test.ts',
];

// Projects, by what they need: nothing (unit), root and network namespaces (net, and flood: the machine for itself), a
// kernel with IPVS (ipvs; night: what is not run before each change).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.net.test.ts', 'test/**/*.ipvs.test.ts', 'test/lab/**'],
        },
      },
      {
        test: {
          name: 'net',
          include: ['test/**/*.net.test.ts'],
          exclude: alone,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // They wait for each other's timers most of the time.
          maxWorkers: 4,
        },
      },
      {
        test: {
          name: 'flood',
          include: alone,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'ipvs',
          include: ['test/**/*.ipvs.test.ts'],
          exclude: night,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'night',
          include: night,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

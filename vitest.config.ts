import { defineConfig } from 'vitest/config';

// Four projects, by what they need: nothing (unit), root and network namespaces (net), a kernel with IPVS (ipvs, lab).
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
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'ipvs',
          include: ['test/**/*.ipvs.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});

import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that measure what a whole machine does under a flood: nothing may run beside them. */
const alone = ['test/**/flood.net.test.ts'];
/**
 * Not before each change, because they take long: what other tests say as well, faster, and failovers of every kind behind
 * IPVS, which network namespaces show without it.
 */
const night = [
  ...['failover', 'failover-keepalived', 'scenario3', 'accept', 'sync', 'advice', 'policy-reference'].map(
    (name) => `test/lab/e2e/${name}.ipvs.test.ts`,
  ),
  'test/lab/keepalived-reference.ipvs.test.ts',
];
const nightNet = ['virtual-mac', 'frr'].map((name) => `test/lab/e2e/${name}.net.test.ts`);
/** These take as long as all other labs with IPVS: `scripts/test` runs the two halves side by side. */
const half = ['reference', 'drain', 'reload'].map((name) => `test/lab/e2e/${name}.ipvs.test.ts`);
/**
 * Labs run by real clocks, on machines that stand still at times: what fails is tried twice more, and what then passes is
 * named in the sum (scripts/test-sum.mjs). Those of the unit project have no such excuse.
 */
const retry = 2;
const which = process.env.DIRECTORD_TEST_HALF;

/** Those that take longest go first, so that at the end nothing waits for one of them. */
const longest = /(unicast|vrrp3|scenario3|vrrp3-ipv6|sync-group|split-brain)\.net\.test|vrrp-model\.test|matrix\.test/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => longest.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

// Projects, by what they need: nothing (unit), root and network namespaces (net, and flood: the machine for itself), a
// kernel with IPVS (ipvs; night: what is not run before each change).
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.net.test.ts', 'test/**/*.ipvs.test.ts', 'test/lab/**'],
          // None is about time that passes: on a slow machine those with many random cases take seconds.
          testTimeout: 30_000,
          // Some wait for processes and sockets.
          maxWorkers: 3,
        },
      },
      {
        test: {
          name: 'net',
          retry,
          include: ['test/**/*.net.test.ts'],
          exclude: [...alone, ...nightNet],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They wait for each other's timers most of the time.
          maxWorkers: 6,
        },
      },
      {
        test: {
          name: 'flood',
          retry,
          include: alone,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'ipvs',
          retry,
          include: which === 'first' ? half : ['test/**/*.ipvs.test.ts'],
          exclude: which === 'second' ? [...night, ...half] : night,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'night',
          retry,
          // With DIRECTORD_TEST_NIGHT the drain's lab has more to say.
          include: [...night, 'test/lab/e2e/drain.ipvs.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'night-net',
          retry,
          include: nightNet,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});

/** How often something took how long, cumulative as Prometheus counts it. */
export interface Histogram {
  /** Upper bounds in seconds, rising, each with how many took at most so long. */
  readonly buckets: readonly { readonly seconds: number; readonly count: number }[];
  readonly count: number;
  readonly sumSeconds: number;
}

/** Nothing has been seen. @param bounds in seconds, rising. */
export const emptyHistogram = (bounds: readonly number[]): Histogram => ({
  buckets: bounds.map((seconds) => ({ seconds, count: 0 })),
  count: 0,
  sumSeconds: 0,
});

/** One more has been seen. */
export const observed = ({ buckets, count, sumSeconds }: Histogram, took: number): Histogram => ({
  buckets: buckets.map((b) => (took <= b.seconds ? { ...b, count: b.count + 1 } : b)),
  count: count + 1,
  sumSeconds: sumSeconds + took,
});

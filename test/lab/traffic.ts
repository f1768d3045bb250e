import type { LabProcess } from './process.js';

/** One request of a stream. Times in ms of CLOCK_MONOTONIC (process.hrtime). */
export interface Request {
  readonly n: number;
  readonly sent: number;
  readonly done: number;
  readonly ok: boolean;
  /** The answer, or what went wrong. */
  readonly body: string;
}

/** A time without service: from the last request answered before it to the first one answered after it. */
export interface Outage {
  readonly from: number;
  readonly milliseconds: number;
  readonly failed: number;
}

/** What became of many requests. */
export interface TrafficReport {
  readonly sent: number;
  readonly ok: number;
  readonly failed: number;
  /** Answers by body. */
  readonly byBody: Readonly<Record<string, number>>;
  readonly failures: readonly Request[];
  readonly outages: readonly Outage[];
  /** The longest outage, 0 when there was none. */
  readonly longestOutageMs: number;
}

const outagesOf = (results: readonly Request[]): Outage[] => {
  const outages: Outage[] = [];
  let lastOk: Request | null = null;
  let failed: Request[] = [];
  const close = (to: number): void => {
    const from = lastOk?.sent ?? failed[0]?.sent ?? to;
    outages.push({ from, milliseconds: to - from, failed: failed.length });
    failed = [];
  };
  for (const result of results) {
    if (!result.ok) {
      failed.push(result);
    } else {
      if (failed.length > 0) {
        close(result.sent);
      }
      lastOk = result;
    }
  }
  const last = failed.at(-1);
  if (last !== undefined) {
    close(last.done);
  }
  return outages;
};

/** Sums up. @param results in any order. */
export const reportTraffic = (results: readonly Request[]): TrafficReport => {
  const inOrder = [...results].sort((a, b) => a.sent - b.sent);
  const byBody: Record<string, number> = {};
  for (const { body } of inOrder.filter(({ ok }) => ok)) {
    byBody[body] = (byBody[body] ?? 0) + 1;
  }
  const failures = inOrder.filter(({ ok }) => !ok);
  const outages = outagesOf(inOrder);
  const longestOutageMs = Math.max(0, ...outages.map(({ milliseconds }) => milliseconds));
  const ok = inOrder.length - failures.length;
  return { sent: inOrder.length, ok, failed: failures.length, byBody, failures, outages, longestOutageMs };
};

/** A steady stream of requests that runs. */
export class Traffic {
  readonly #process: LabProcess;

  constructor(process: LabProcess) {
    this.#process = process;
  }

  /** The results so far. */
  get results(): Request[] {
    const lines = this.#process.stdout.split('\n').slice(1, -1);
    return lines.map((line) => JSON.parse(line) as Request);
  }

  /** What became of the requests sent since `since` (ms of CLOCK_MONOTONIC). */
  report(since = 0): TrafficReport {
    return reportTraffic(this.results.filter(({ sent }) => sent >= since));
  }

  /** Ends it, after the requests under way. */
  async stop(): Promise<TrafficReport> {
    await this.#process.end('SIGTERM');
    return this.report();
  }
}

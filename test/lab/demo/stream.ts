import { join } from 'node:path';
import { repo } from '../anchor.js';
import { Changes } from '../changes.js';
import type { Host } from '../host.js';
import type { LabProcess } from '../process.js';
import { type Request, reportTraffic, type TrafficReport } from '../traffic.js';
import { longestGapMs } from './words.js';

/** CLOCK_MONOTONIC in ms, as the stream's own times are. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** From this on an answer is late, in ms. */
const lateMs = 200;

/**
 * The last `width` times 100 ms, the newest at the right: `.` all answered, `~` late, `/` some failed, `x` all of them; blank:
 * not known yet.
 */
export const strip = (results: readonly Request[], at: number, width: number): string => {
  const cells = Array.from({ length: width }, () => ({ ok: false, late: false, failed: false }));
  const begin = (Math.floor(at / 100) - width + 1) * 100;
  for (let i = results.length - 1; i >= 0; i -= 1) {
    const { sent, done, ok } = results[i] as Request;
    // In the order in which they ended: nothing that ended before the first cell began was sent after that.
    if (done < begin) break;
    const cell = cells[Math.floor((sent - begin) / 100)];
    if (cell !== undefined) {
      cell.ok ||= ok;
      cell.late ||= ok && done - sent >= lateMs;
      cell.failed ||= !ok;
    }
  }
  return cells.map(({ ok, late, failed }) => (failed ? (ok ? '/' : 'x') : late ? '~' : ok ? '.' : ' ')).join('');
};

/** A steady stream of requests, read as it comes, so that a live view may look at it often. */
export class Stream {
  readonly results: Request[] = [];
  readonly byBody: Record<string, number> = {};
  failed = 0;
  #ready = false;
  #rest = '';
  #process: LabProcess | null = null;
  readonly #changes = new Changes();

  /** Starts it in a host. @param timeoutMs after which a request counts as failed */
  static async start(host: Host, url: string, everyMs: number, timeoutMs: number): Promise<Stream> {
    const self = new Stream();
    const worker = join(repo, 'test/lab/traffic-worker.mjs');
    self.#process = await host.start([process.execPath, worker, url, String(everyMs), String(timeoutMs)], {
      name: 'stream',
      bytes: (chunk) => self.#take(chunk.toString()),
    });
    if ((await self.#changes.waitFor(() => self.#ready || null, 20_000)) === null) {
      throw new Error(`the stream of requests did not start: ${self.#process.output}`);
    }
    return self;
  }

  /** What became of the requests sent from `from` to before `to`, once all of them have ended. */
  async report(from: number, to: number): Promise<{ report: TrafficReport; gapMs: number }> {
    const whole = (): true | null => {
      const later = this.results.find(({ sent }) => sent >= to);
      return later !== undefined && this.results.filter(({ n }) => n < later.n).length === later.n ? true : null;
    };
    if ((await this.#changes.waitFor(whole, 10_000, () => this.#process?.running === false)) === null) {
      throw new Error('the stream of requests came to a halt');
    }
    const these = this.results.filter(({ sent }) => sent >= from && sent < to);
    return { report: reportTraffic(these), gapMs: longestGapMs(these, from) };
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const result = JSON.parse(line) as Request | { ready: true };
      if ('ready' in result) {
        this.#ready = true;
        continue;
      }
      this.results.push(result);
      if (result.ok) {
        this.byBody[result.body] = (this.byBody[result.body] ?? 0) + 1;
      } else {
        this.failed += 1;
      }
    }
    this.#changes.wake();
  }
}

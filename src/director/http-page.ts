import type { StatusReport } from '../core/status.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { type Endpoint, formatEndpoint } from '../values/endpoint.js';
import type { Log } from '../values/log.js';
import { after, seconds } from '../values/time.js';

/** Opens the listener of the statistics page. Rejects when the address cannot be bound. */
export type OpenPage = (listen: Endpoint, report: () => Promise<StatusReport>) => Promise<{ close(): Promise<void> }>;

export interface HttpPageDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly openPage: OpenPage;
  readonly report: () => Promise<StatusReport>;
}

/** An address that is not there yet (a virtual one, say) is tried again. */
const RETRY = seconds(5);

/** Keeps the statistics page where the configuration has it: nothing else depends on whether it can be bound. */
export class HttpPage {
  readonly #deps: HttpPageDeps;
  readonly #retry: Alarm;
  #listen: Endpoint | null = null;
  #open: { close(): Promise<void> } | null = null;
  #problem: string | null = null;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: HttpPageDeps) {
    this.#deps = deps;
    this.#retry = deps.alarms.alarm(() => void this.#next());
  }

  /** Where it is to listen from now on; null is nowhere. Resolves when that has been tried. */
  follow(listen: Endpoint | null): Promise<void> {
    if (where(listen) === where(this.#listen)) return this.#work;
    this.#listen = listen;
    this.#say(null);
    return this.#next();
  }

  /** Why it does not listen; null where it does, or is not to. */
  problems(): readonly string[] {
    return this.#problem === null ? [] : [this.#problem];
  }

  async stop(): Promise<void> {
    this.#listen = null;
    await this.#next();
    this.#retry.close();
  }

  #next(): Promise<void> {
    this.#work = this.#work.then(() => this.#move());
    return this.#work;
  }

  async #move(): Promise<void> {
    this.#retry.clear();
    const open = this.#open;
    this.#open = null;
    await open?.close().catch(() => {});
    const listen = this.#listen;
    if (listen === null) return;
    try {
      this.#open = await this.#deps.openPage(listen, this.#deps.report);
      this.#say(null);
      this.#deps.log.info({ listen: where(listen) }, `statistics page on http://${where(listen)}/`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#say(`the statistics page cannot listen on ${where(listen)}, and tries again: ${why}`);
      this.#retry.set(after(this.#deps.clock.now(), RETRY));
    }
  }

  #say(problem: string | null): void {
    if (problem !== null && problem !== this.#problem) this.#deps.log.error({ listen: where(this.#listen) }, problem);
    this.#problem = problem;
  }
}

const where = (listen: Endpoint | null): string => (listen === null ? 'nowhere' : formatEndpoint(listen));

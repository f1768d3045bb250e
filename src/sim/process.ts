import type { Duration, Instant } from '../values/time.js';
import { between, micros } from '../values/time.js';
import type { VirtualClock } from './clock.js';
import { SimThread, type WakeOrder } from './thread.js';

export type { WakeOrder } from './thread.js';

/** A process on the virtual clock: its loop, and the thread that sends adverts by itself. */
export class SimProcess extends SimThread {
  readonly pacer: SimThread;
  #silentSince: Instant | null = null;

  constructor(clock: VirtualClock) {
    super(clock);
    this.pacer = new SimThread(clock);
    this.pacer.lateness = () => this.lateness();
  }

  /** For how long the loop has not turned. */
  get silent(): Duration {
    return this.#silentSince === null ? micros(0) : between(this.#silentSince, this.now());
  }

  /** All of it stands still (SIGSTOP, a virtual machine that is paused). */
  override stall(): void {
    this.hang();
    this.pacer.stall();
  }

  /** The loop alone stands still (a long collection of garbage, too much to do). */
  hang(): void {
    if (this.state === 'running') this.#silentSince = this.now();
    super.stall();
  }

  override wake(order: WakeOrder = 'alarms-first'): void {
    this.pacer.wake();
    this.#silentSince = null;
    super.wake(order);
  }

  override kill(): void {
    super.kill();
    this.pacer.kill();
  }
}

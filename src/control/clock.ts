/** The time that the control room needs. Tests give their own. */
export interface ControlClock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls back once, `ms` from now. @returns what cancels it. */
  after(ms: number, fire: () => void): () => void;
}

/** Node's timers. */
export const systemClock: ControlClock = {
  now: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when `signal` is aborted. */
export function sleep(clock: ControlClock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

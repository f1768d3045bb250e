/** Lets others wait until something they look at becomes true, looking at each change. */
export class Changes {
  readonly #watchers = new Set<() => void>();

  /** Something changed. */
  wake(): void {
    for (const watcher of [...this.#watchers]) {
      watcher();
    }
  }

  /** @returns what `look` finds, null when the time was up or `over` says that nothing will come any more. */
  async waitFor<T>(
    look: () => T | null | undefined,
    withinMs: number,
    over: () => boolean = () => false,
  ): Promise<T | null> {
    const until = Date.now() + withinMs;
    for (;;) {
      const found = look();
      const left = until - Date.now();
      if (found !== null && found !== undefined) {
        return found;
      }
      if (left <= 0 || over()) {
        return null;
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#watchers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#watchers.add(wake);
      });
    }
  }
}

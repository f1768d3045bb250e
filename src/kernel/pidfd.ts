import type { Native, NativePoll } from './native.js';

/** Tells of the end of single processes (pidfd_open(2)), with all their threads, whoever started them. */
export class Deaths {
  readonly #native: Native;
  readonly #died: (pid: number) => void;
  readonly #watched = new Map<number, { readonly fd: number; readonly poll: NativePoll }>();

  constructor(native: Native, died: (pid: number) => void) {
    this.#native = native;
    this.#died = died;
  }

  /** Watches a process, once. One that cannot be (it is gone, no descriptor left, an old kernel) is left alone. */
  watch(pid: number): void {
    if (this.#watched.has(pid)) return;
    let fd = -1;
    try {
      fd = this.#native.pidfdOpen(pid);
      const poll = this.#native.poll(fd, () => {
        this.#forget(pid);
        this.#died(pid);
      });
      this.#watched.set(pid, { fd, poll });
    } catch {
      if (fd >= 0) this.#native.close(fd);
    }
  }

  close(): void {
    for (const pid of [...this.#watched.keys()]) this.#forget(pid);
  }

  #forget(pid: number): void {
    const watched = this.#watched.get(pid);
    if (watched === undefined) return;
    this.#watched.delete(pid);
    watched.poll.close();
    this.#native.close(watched.fd);
  }
}

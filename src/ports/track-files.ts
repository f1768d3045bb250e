import type { FileSeen } from '../core/track/number.js';

/** What a watch on a file tells. */
export interface FileListener {
  /** What is in it: once after the first look, then after each change. */
  seen(seen: FileSeen): void;
  /** Why changes are not told, so that it is read from time to time only; null when they are again. */
  trouble(why: string | null): void;
}

/** Small files that other programs write. */
export interface TrackFiles {
  /** @param path absolute; neither the file nor its directories need be there. @returns what ends it. */
  watch(path: string, listener: FileListener): { close(): void };
}

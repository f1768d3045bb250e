import { plain, type Style } from './table.js';

export interface Sink {
  write(text: string): unknown;
}

/** Everything that the tool needs from the process that runs it. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Whether stdout is a terminal, and how wide. */
  readonly terminal: boolean;
  readonly columns: number | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Wall clock in ms. */
  now(): number;
  /** Calls back on ^C, and when the reader of stdout is gone. @returns what ends it. */
  onStop(listener: (why: Stop) => void): () => void;
}

export type Stop = 'interrupt' | 'pipe';

/** 0 done; 1 a directord refused or failed; 2 wrong usage; 3 no directord answered, whatever the reason; 130 ended by ^C. */
export const exit = { done: 0, refused: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

/** What every verb runs with. */
export interface Context {
  readonly io: Io;
  readonly socket: string;
  readonly json: boolean;
  readonly style: Style;
  /** One line on stderr. */
  fail(message: string): void;
}

/**
 * Colours and width for a terminal, neither for a pipe. NO_COLOR (no-color.org), TERM=dumb and `--no-color` take the
 * colours away.
 */
export async function styleFor(io: Io, color: boolean): Promise<Style> {
  if (!io.terminal) return plain;
  const width = Math.max(20, io.columns ?? 80);
  const { NO_COLOR: noColor, TERM: term } = io.environment;
  if (!color || (noColor !== undefined && noColor !== '') || term === 'dumb') return { ...plain, width };
  const { default: picocolors } = await import('picocolors');
  const c = picocolors.createColors(true);
  return { width, good: c.green, bad: c.red, warn: c.yellow, quiet: c.dim, strong: c.bold };
}

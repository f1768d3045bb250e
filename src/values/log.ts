/** The part of pino's logger that the shells use. Structured fields first, then one sentence. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log that says nothing, for tests. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

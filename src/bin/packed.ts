import { deserialize, serialize } from 'node:v8';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Config } from '../config/schema.js';

/** What runs, as one process hands it to another. */
export interface RunningConfig {
  readonly config: Config;
  /** The file that it was read from, absolute: a reload reads it again. */
  readonly file: string;
  /** Its text: what is the same in it at a reload is not read again. */
  readonly text: string;
}

/**
 * Packs a configuration for the way and for keeping: the router keeps nothing else of it, and where there are 10,000
 * servers most of it says the same thing again and again.
 */
export const packRunning = (running: RunningConfig): Uint8Array =>
  deflateRawSync(serialize(running), { level: constants.Z_BEST_SPEED });

/** From a router of the same program. */
export const unpackRunning = (blob: Uint8Array): RunningConfig => deserialize(inflateRawSync(blob)) as RunningConfig;

import { deserialize, serialize } from 'node:v8';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { assembled, type Kept } from '../config/assembled.js';
import { commonEnds } from '../config/recut.js';
import type { Config } from '../config/schema.js';

/** What runs, as one process hands it to another. */
export interface RunningConfig {
  readonly config: Config;
  /** The file that it was read from, absolute: a reload reads it again. */
  readonly file: string;
  /** Its text: what is the same in it at a reload is not read again. */
  readonly text: string;
}

/** Another version of what runs, by its difference. */
export interface Edited {
  /** With the services alone that are new. */
  readonly config: Config;
  readonly kept: Kept;
  readonly text: string;
}

/** What of it is packed. */
interface Edit {
  readonly config: Config;
  /** By how much each place differs: most are equal, and pack to nothing. */
  readonly moved: readonly (number | null)[];
  /** So many characters of the former text, this, and so many of its end. */
  readonly text: readonly [head: number, middle: string, tail: number];
}

const LENGTH_BYTES = 4;
/** Edits of more than this share of the whole are not worth keeping apart. */
const EDITS_SHARE = 0.5;

/**
 * Packs a configuration for the way and for keeping: the router keeps nothing else of it, and where there are 10,000
 * servers most of it says the same thing again and again. A blob is the whole and what was edited since, each with its
 * length before it.
 */
export const packRunning = (running: RunningConfig): Uint8Array => Buffer.concat(packed(running));

/**
 * Packs the next version: its difference is added to the blob as it is, which costs what the difference costs; or all of
 * it anew, when there is too much of that.
 * @param blob of `before`.
 */
export function packEdit(blob: Uint8Array, before: RunningConfig, edited: Edited): Uint8Array {
  const { config, kept, text } = edited;
  const [head, tail] = commonEnds(before.text, text);
  const moved = kept.map((place, i) => (place === null ? null : place - i));
  const edit: Edit = { config, moved, text: [head, text.slice(head, text.length - tail), tail] };
  const bytes = bytesOf(blob);
  const first = bytes.readUInt32LE(0);
  const next = Buffer.concat([bytes, ...packed(edit)]);
  if (next.length <= first * (1 + EDITS_SHARE)) return next;
  return packRunning({ file: before.file, text, config: assembled(before.config, config, kept) });
}

/** From a router of the same program. */
export function unpackRunning(blob: Uint8Array): RunningConfig {
  const bytes = bytesOf(blob);
  let running: RunningConfig | null = null;
  for (let at = 0; at < bytes.length; ) {
    const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
    const part: unknown = deserialize(inflateRawSync(bytes.subarray(at + LENGTH_BYTES, end)));
    running = running === null ? (part as RunningConfig) : applied(running, part as Edit);
    at = end;
  }
  if (running === null) throw new Error('there is no configuration in what was handed over');
  return running;
}

function applied({ config: before, file, text }: RunningConfig, { config, moved, text: cut }: Edit): RunningConfig {
  const [head, middle, tail] = cut;
  const kept = moved.map((by, i) => (by === null ? null : i + by));
  return {
    config: assembled(before, config, kept),
    file,
    text: text.slice(0, head) + middle + text.slice(text.length - tail),
  };
}

function packed(value: unknown): [Buffer, Buffer] {
  const body = deflateRawSync(serialize(value), { level: constants.Z_BEST_SPEED });
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(body.length);
  return [length, body];
}

const bytesOf = (blob: Uint8Array): Buffer => Buffer.from(blob.buffer, blob.byteOffset, blob.length);

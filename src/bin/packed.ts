import { deserialize, serialize } from 'node:v8';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { assembled, type Kept } from '../config/assembled.js';
import { type Edit, edited } from '../config/edit.js';
import type { Config } from '../config/schema.js';

/** What runs, as one process hands it to another. */
export interface RunningConfig {
  readonly config: Config;
  /** The file that it was read from, absolute: a reload reads it again. */
  readonly file: string;
}

/** Another version of what runs, by its difference. */
export interface Edited {
  /** With the services alone that are new. */
  readonly config: Config;
  readonly kept: Kept;
  readonly edit: Edit;
}

/** What of it is packed. */
interface Packed {
  readonly config: Config;
  /** By how much each place differs: most are equal, and pack to nothing. */
  readonly moved: readonly (number | null)[];
  readonly edit: Edit;
}

const LENGTH_BYTES = 4;
/** Edits of more than this share of the whole are not worth keeping apart. */
const EDITS_SHARE = 0.5;

/**
 * Packs a configuration for the way and for keeping: the router keeps nothing else of it, and where there are 10,000
 * servers most of it says the same thing again and again. A blob is the whole, its text and what was edited since, each
 * with its length before it.
 * @param text the file's: what is the same in it at a reload is not read again.
 */
export const packRunning = (running: RunningConfig, text: Uint8Array): Uint8Array =>
  Buffer.concat([...packed(serialize(running)), ...packed(text)]);

/**
 * Packs the next version: its difference is added to the blob as it is, which costs what the difference costs; or all of
 * it anew, when there is too much of that.
 */
export function packEdit(blob: Uint8Array, { config, kept, edit }: Edited): Uint8Array {
  const moved = kept.map((place, i) => (place === null ? null : place - i));
  const next: Packed = { config, moved, edit };
  const whole = Buffer.concat([bytesOf(blob), ...packed(serialize(next))]);
  const [running, text] = parts(blob);
  if (whole.length <= ((running?.length ?? 0) + (text?.length ?? 0)) * (1 + EDITS_SHARE)) return whole;
  return packRunning(unpackRunning(whole), unpackText(whole));
}

/** From a router of the same program. */
export function unpackRunning(blob: Uint8Array): RunningConfig {
  const [first, , ...edits] = parts(blob);
  if (first === undefined) throw new Error('there is no configuration in what was handed over');
  const { config, file } = deserialize(inflateRawSync(first)) as RunningConfig;
  return { config: edits.reduce((before, part) => applied(before, unpacked(part)), config), file };
}

/** The text of its file, in UTF-8. */
export function unpackText(blob: Uint8Array): Buffer {
  const [, text = Buffer.alloc(0), ...edits] = parts(blob);
  return edits.reduce((before, part) => edited(before, unpacked(part).edit), inflateRawSync(text));
}

function applied(before: Config, { config, moved }: Packed): Config {
  const kept = moved.map((by, i) => (by === null ? null : i + by));
  return assembled(before, config, kept);
}

const unpacked = (part: Uint8Array): Packed => deserialize(inflateRawSync(part)) as Packed;

function parts(blob: Uint8Array): Buffer[] {
  const bytes = bytesOf(blob);
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + LENGTH_BYTES + bytes.readUInt32LE(at);
    found.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  return found;
}

function packed(value: Uint8Array): [Buffer, Buffer] {
  const body = deflateRawSync(value, { level: constants.Z_BEST_SPEED });
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(body.length);
  return [length, body];
}

const bytesOf = (blob: Uint8Array): Buffer => Buffer.from(blob.buffer, blob.byteOffset, blob.length);

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { inWords } from '../values/failure.js';
import { commonHead, commonTail, type Edit, editOf, textOf } from './edit.js';
import { MAX_BYTES } from './text.js';

/** Why a file cannot be read as a configuration. */
export interface Unreadable {
  readonly why: string;
}

const TOO_LARGE = { why: `the file is larger than 1 MiB; allowed: at most ${MAX_BYTES} bytes` };
const BOM = '\ufeff';

/** Reads a file's text without leaving the thread: where nothing else is to be done, four calls are quicker than four turns. */
export function readText(path: string): { readonly text: string } | Unreadable {
  const found = opened(path, (file, size) => bounded(readAll(file, size)));
  return found instanceof Uint8Array ? decoded(found) : found;
}

/** The text that is in a file's bytes; a byte order mark is none of it. */
export function decoded(bytes: Uint8Array): { readonly text: string } | Unreadable {
  const text = textOf(bytes);
  if (text === null) return { why: 'this is no text in UTF-8; allowed: a YAML file' };
  return { text: text.startsWith(BOM) ? text.slice(1) : text };
}

/**
 * Reads what differs in a file from what it was. Memory that was never used is dear where the kernel has to find it in a
 * hurry: a large file that is almost the same goes through a small buffer, piece by piece.
 */
export function readEdit(path: string, before: Uint8Array): { readonly edit: Edit } | Unreadable {
  const found = opened(path, (file, size, unchanged): Edit | Unreadable => {
    const near = size > 0 && size <= MAX_BYTES ? nearby(file, size, before) : null;
    if (near !== null && unchanged()) return near;
    const bytes = bounded(readAll(file, size));
    return bytes instanceof Uint8Array ? editOf(before, bytes) : bytes;
  });
  return 'why' in found ? found : { edit: found };
}

type Read<T> = (file: number, size: number, unchanged: () => boolean) => T | Unreadable;

function opened<T>(path: string, read: Read<T>): T | Unreadable {
  let file: number | null = null;
  try {
    // Without O_NONBLOCK a named pipe would hold the open for ever.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    file = fd;
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { why: 'this is no regular file; allowed: a YAML file' };
    return read(fd, stat.size, () => {
      const now = fstatSync(fd);
      return now.size === stat.size && now.mtimeMs === stat.mtimeMs;
    });
  } catch (error) {
    return { why: `cannot be read: ${inWords(error)}` };
  } finally {
    if (file !== null) closeSync(file);
  }
}

const bounded = (bytes: Uint8Array): Uint8Array | Unreadable => (bytes.length > MAX_BYTES ? TOO_LARGE : bytes);

/** @param size of the file, as it is said to be. @returns more than is allowed of a file that has more. */
function readAll(file: number, size: number): Buffer {
  // A byte more shows whether that was all of it.
  let buffer = Buffer.allocUnsafeSlow(Math.min(size, MAX_BYTES) + 1);
  let length = 0;
  for (;;) {
    if (length === buffer.length) {
      if (length > MAX_BYTES) return buffer;
      buffer = Buffer.concat([buffer], MAX_BYTES + 1);
    }
    const bytesRead = readSync(file, buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
  }
}

const PIECE = 65_536;
const piece = Buffer.alloc(PIECE);

/** @returns null where the file is shorter than it said. */
function nearby(file: number, size: number, before: Uint8Array): Edit | null {
  const most = Math.min(size, before.length);
  let [head, tail] = [0, 0];
  for (let same = PIECE; same === PIECE && head < most; head += same) {
    const bytes = exactly(file, piece.subarray(0, Math.min(PIECE, most - head)), head);
    if (bytes === null) return null;
    same = commonHead(bytes, before.subarray(head));
  }
  for (let same = PIECE; same === PIECE && head + tail < most; tail += same) {
    const length = Math.min(PIECE, most - head - tail);
    const bytes = exactly(file, piece.subarray(0, length), size - tail - length);
    if (bytes === null) return null;
    same = commonTail(bytes, before.subarray(0, before.length - tail));
  }
  const middle = exactly(file, Buffer.alloc(size - head - tail), head);
  return middle === null ? null : { head, middle, tail };
}

function exactly(file: number, into: Buffer, at: number): Buffer | null {
  let length = 0;
  while (length < into.length) {
    const bytesRead = readSync(file, into, length, into.length - length, at + length);
    if (bytesRead === 0) return null;
    length += bytesRead;
  }
  return into;
}

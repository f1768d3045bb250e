import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** Small texts that outlive a restart. */
export interface StateStore {
  /** Where they lie, for messages. */
  readonly place: string;
  /** @returns null when there is none. @throws when it cannot be read, or is longer than {@link STATE_LIMIT}. */
  read(name: string): Promise<string | null>;
  /** Replaces it as a whole: after a crash it is the old one or the new one. @throws when it cannot be written. */
  write(name: string, text: string): Promise<void>;
  /** Puts a text that makes no sense out of the way. @returns where it lies now. */
  setAside(name: string): Promise<string>;
}

/** The longest text, in bytes: about 50,000 overrides. */
export const STATE_LIMIT = 8 * 1_048_576;

/** A {@link StateStore} in a directory, which must exist. */
export class StateFiles implements StateStore {
  readonly place: string;

  /** @param directory absolute. */
  constructor(directory: string) {
    this.place = directory;
  }

  async read(name: string): Promise<string | null> {
    const path = join(this.place, name);
    let file: FileHandle;
    try {
      // Non-blocking, or a pipe in its place would hold the start up forever.
      file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new Error(`${path} is not a file`);
      if (stat.size > STATE_LIMIT) throw new Error(`${path} has ${stat.size} bytes; at most ${STATE_LIMIT} are read`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  }

  async write(name: string, text: string): Promise<void> {
    const path = join(this.place, name);
    // A fixed name: what a crash leaves behind is overwritten the next time. Whoever could plant a link here, in a
    // directory of ours, could replace the file itself.
    const temporary = `${path}.new`;
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const file = await open(temporary, flags, 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    const directory = await open(this.place, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  async setAside(name: string): Promise<string> {
    const aside = join(this.place, `${name}.corrupt`);
    await rename(join(this.place, name), aside);
    return aside;
  }
}

import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileFacts, ScriptFacts } from '../core/script/file-check.js';

/**
 * Looks at a script's file and every directory on the way to it, by its own path and by where its links lead.
 * @returns the facts, or a sentence that says why there are none.
 */
export async function inspectScript(path: string): Promise<ScriptFacts | string> {
  try {
    const real = await realpath(path);
    const directories = new Set([...ancestors(path), ...ancestors(real)]);
    return {
      path,
      file: facts(real, await stat(real)),
      directories: await Promise.all([...directories].map(async (d) => facts(d, await stat(d)))),
    };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return `${path} does not exist`;
    if (code === 'ENOTDIR') return `${path} does not exist: a part of the path is not a directory`;
    return `${path} cannot be looked at: ${message}`;
  }
}

function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...ancestors(parent)];
}

const facts = (path: string, s: Stats): FileFacts => ({
  path,
  kind: s.isFile() ? 'file' : s.isDirectory() ? 'directory' : 'other',
  mode: s.mode & 0o7777,
  uid: s.uid,
  gid: s.gid,
});

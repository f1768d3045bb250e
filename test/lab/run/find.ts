import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sweep } from './live.js';

/** What a running lab's folder says of how to reach it: see run.json. */
export interface RunCard {
  /** `bare`: hosts are right here. Else inside namespaces of process `pid`'s child, or in User Mode Linux. */
  readonly kind: 'bare' | 'direct' | 'user-namespace' | 'uml';
  readonly pid: number;
  /** Started by `lab up`: what `shell` and `down` mean when they are told no name. */
  readonly up: boolean;
}

/** A running lab. */
export interface FoundLab {
  readonly dir: string;
  readonly run: RunCard;
  readonly name: string;
  /** Host → its process 1 as the lab sees it, null while it is down. */
  readonly hosts: Readonly<Record<string, number | null>>;
}

const readJson = <T>(path: string): T | null => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return null;
  }
};

/** The folders of this user's running labs that have their card. */
export const findRuns = async (): Promise<{ dir: string; run: RunCard }[]> => {
  const { living } = await sweep();
  return living.flatMap((dir) => {
    const run = readJson<RunCard>(join(dir, 'run.json'));
    return run === null ? [] : [{ dir, run }];
  });
};

/** This user's running labs. */
export const findLabs = async (): Promise<FoundLab[]> =>
  (await findRuns()).flatMap(({ dir, run }) =>
    readdirSync(dir)
      .filter((file) => file.endsWith('.lab.json'))
      .flatMap((file) => {
        const card = readJson<{ name: string; hosts: FoundLab['hosts'] }>(join(dir, file));
        return card === null ? [] : [{ dir, run, ...card }];
      }),
  );

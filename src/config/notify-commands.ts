import type { Path } from './problem.js';
import type { Config } from './schema.js';

/** A command of a notification, and where it stands in the file. */
export interface NotifyCommand {
  readonly path: Path;
  readonly command: readonly [string, ...string[]];
}

const KEYS = ['master', 'backup', 'fault', 'stop', 'any'] as const;

/** All `notify` mappings of a file, of instances and of sync groups, with their paths. */
function mappings({ vrrp }: Config) {
  const at = (list: 'instances' | 'sync_groups') =>
    vrrp[list].flatMap(({ notify }, i) =>
      notify === null ? [] : [{ notify, path: ['vrrp', list, i, 'notify'] satisfies Path }],
    );
  return [...at('instances'), ...at('sync_groups')];
}

/** All commands of notifications. */
export const notifyCommands = (config: Config): NotifyCommand[] =>
  mappings(config).flatMap(({ notify, path }) =>
    KEYS.flatMap((key) => {
      const command = notify[key];
      return command === null ? [] : [{ path: [...path, key], command }];
    }),
  );

/** All users that run them, where one is configured. */
export const notifyUsers = (config: Config): { readonly path: Path; readonly user: string }[] =>
  mappings(config).flatMap(({ notify, path }) =>
    notify.user === null ? [] : [{ path: [...path, 'user'], user: notify.user }],
  );

import { checkScripts } from './check-commands.js';
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

/** The commands of services, with their paths. */
const quorumCommands = ({ ipvs }: Config) =>
  ipvs.services.flatMap((service, i) =>
    (['on_quorum_up', 'on_quorum_down'] as const).flatMap((key) => {
      const run = service[key];
      return run === null ? [] : [{ ...run, path: ['ipvs', 'services', i, key] satisfies Path }];
    }),
  );

/** All commands of notifications, and of checks by scripts. */
export const notifyCommands = (config: Config): NotifyCommand[] => [
  ...checkScripts(config).map(({ command, path }) => ({ command, path: [...path, 'command'] })),
  ...quorumCommands(config),
  ...mappings(config).flatMap(({ notify, path }) =>
    KEYS.flatMap((key) => {
      const command = notify[key];
      return command === null ? [] : [{ path: [...path, key], command }];
    }),
  ),
];

/** All users that run them, where one is configured. */
export const notifyUsers = (config: Config): { readonly path: Path; readonly user: string }[] =>
  [
    ...mappings(config).map(({ notify, path }) => ({ user: notify.user, path })),
    ...quorumCommands(config),
    ...checkScripts(config),
  ].flatMap(({ user, path }) => (user === null ? [] : [{ path: [...path, 'user'], user }]));

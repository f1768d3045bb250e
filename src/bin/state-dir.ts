import type { Config } from '../config/schema.js';

const DEFAULT_STATE_DIR = '/var/lib/directord';

/** Where what outlives a restart lies: as configured, else as systemd sets it (several are separated by colons). */
export const stateDir = ({ state_dir }: Config): string =>
  state_dir ?? process.env.STATE_DIRECTORY?.split(':')[0] ?? DEFAULT_STATE_DIR;

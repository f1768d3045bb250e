import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Who runs a script. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
}

/** The users that scripts run as where none is configured, best first. */
const UNPRIVILEGED = ['directord', 'nobody'];
const LOOKUP_MS = 2_000;

/** Who this process is, and how users are found. */
export interface Users {
  readonly uid: number;
  readonly gid: number;
  /** @returns null when there is no such user. */
  find(name: string): Promise<RunAs | null>;
}

/** The users of this system. */
export const systemUsers: Users = {
  get uid() {
    return process.geteuid?.() ?? 0;
  },
  get gid() {
    return process.getegid?.() ?? 0;
  },
  async find(name) {
    return passwdEntry(await readFile('/etc/passwd', 'utf8'), name) ?? passwdEntry(await getent(name), name);
  },
};

/** Finds `name` in text of the form of passwd(5). */
export function passwdEntry(text: string, name: string): RunAs | null {
  for (const line of text.split('\n')) {
    const [user, , uid = '', gid = ''] = line.split(':');
    if (user === name && /^\d+$/.test(uid) && /^\d+$/.test(gid)) return { uid: Number(uid), gid: Number(gid), name };
  }
  return null;
}

/** Users that are in no file (LDAP, systemd's dynamic ones) are known to the C library alone. */
const getent = (name: string): Promise<string> =>
  new Promise((resolve) => {
    execFile('/usr/bin/getent', ['passwd', name], { timeout: LOOKUP_MS }, (_, stdout) => resolve(stdout));
  });

/**
 * Who a script runs as: the configured user; without one, ourselves where we are not root, else an unprivileged user.
 * @returns the user, or a sentence that says why not and what would be right.
 */
export async function userFor(configured: string | null, users: Users): Promise<RunAs | string> {
  if (users.uid !== 0) {
    const self: RunAs = { uid: users.uid, gid: users.gid, name: `${users.uid}` };
    if (configured === null) return self;
    const user = await users.find(configured);
    if (user === null) return `user ${configured} does not exist: create it, or change \`user\``;
    if (user.uid === users.uid) return user;
    return `cannot run as user ${configured}: directord runs as uid ${users.uid} and only root can become another user; remove \`user\`, or run directord as root`;
  }
  for (const name of configured === null ? UNPRIVILEGED : [configured]) {
    const user = await users.find(name);
    if (user !== null) return user;
  }
  return configured === null
    ? `there is no unprivileged user to run as: create ${UNPRIVILEGED.join(' or ')}, or set \`user\``
    : `user ${configured} does not exist: create it, or change \`user\``;
}

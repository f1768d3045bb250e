import { execFile } from 'node:child_process';
import { access, readFile, realpath, stat } from 'node:fs/promises';
import { networkInterfaces, release } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { parseIpv4 } from '../values/ipv4.js';
/** Looks at this machine, no further than the configuration asks for. */
export async function collectHostFacts(config) {
    const { scripts } = config.track;
    const users = scripts.flatMap((s) => s.user ?? []);
    const paths = scripts.map((s) => s.command[0]);
    return {
        interfaces: await interfaces(),
        scripts: await tabulate(paths, scriptFacts),
        users: await tabulate(users, userNumber),
        ipvs: await ipvs(),
    };
}
async function tabulate(keys, look) {
    const table = new Map();
    for (const key of new Set(keys))
        table.set(key, await look(key));
    return table;
}
/** Names from /proc/net/dev: that is always this network namespace's, and has the interfaces that are down. */
async function interfaces() {
    const up = networkInterfaces();
    const table = (await readFile('/proc/net/dev', 'utf8')).split('\n').slice(2);
    const names = table.map((line) => line.slice(0, line.lastIndexOf(':')).trim()).filter((name) => name !== '');
    return new Map(names.map((name) => [name, (up[name] ?? []).flatMap((a) => parseIpv4(a.address) ?? [])]));
}
/** What the file system says about a script; also for the runner, right before it starts one. */
export async function scriptFacts(path) {
    try {
        const real = await realpath(path);
        if (!(await stat(real)).isFile())
            return { kind: 'no-file' };
        // The directories of the name as written count as well: who can change a link there chooses the file.
        const ways = [...new Set([...directories(path), ...directories(real), real])];
        const steps = [];
        for (const way of ways) {
            const { uid, mode } = await stat(way);
            steps.push({ path: way, uid, mode: mode & 0o7777 });
        }
        return { kind: 'file', steps };
    }
    catch {
        return { kind: 'missing' };
    }
}
/** The directories above a path, from the root. */
function directories(path) {
    const above = dirname(path);
    return above === path ? [above] : [...directories(above), above];
}
/** The number of a user, by the system's name service; null for none. */
async function userNumber(name) {
    try {
        const { stdout } = await promisify(execFile)('/usr/bin/getent', ['passwd', name], { timeout: 5_000 });
        const [, , uid = ''] = stdout.split(':');
        return /^\d+$/.test(uid) ? Number(uid) : null;
    }
    catch {
        return null;
    }
}
async function ipvs() {
    if (await access('/proc/net/ip_vs').then(() => true, () => false))
        return 'loaded';
    const modules = await readFile(`/lib/modules/${release()}/modules.dep`, 'utf8').catch(() => '');
    return /\/ip_vs\.ko[.\w]*:/.test(modules) ? 'loadable' : 'absent';
}

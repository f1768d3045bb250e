#!/usr/bin/env node
import { createRequire } from 'node:module';
import { main } from '../cli/main.js';
const { version } = createRequire(import.meta.url)('../../package.json');
const listeners = new Set();
const stop = (why) => {
    // Nobody waits for anything: end as every program does.
    if (listeners.size === 0)
        process.exit(why === 'interrupt' ? 130 : 0);
    for (const listener of listeners)
        listener(why);
};
process.on('SIGINT', () => stop('interrupt'));
// The reader is gone (`| head`): that is no fault. Anything else on stdout is.
process.stdout.on('error', (error) => {
    if (error.code === 'EPIPE')
        return stop('pipe');
    process.stderr.write(`directorctl: cannot write: ${error.message}\n`);
    process.exit(1);
});
process.stderr.on('error', () => { });
process.exitCode = await main(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    terminal: process.stdout.isTTY === true,
    columns: process.stdout.columns,
    environment: process.env,
    now: Date.now,
    onStop(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
    },
}, version);

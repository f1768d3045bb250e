#!/usr/bin/env node
import { connect } from 'node:net';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { formatProblem, loadConfig } from '../config/load.js';
import type { Log } from '../values/log.js';
import { openLog } from './log.js';
import type { Running } from './router.js';
import { version } from './version.js';

const DEFAULT_CONFIG = '/etc/directord/directord.yaml';

const program = new Command('directord')
  .description('Shares virtual addresses by VRRP and balances traffic by IPVS.')
  .version(version)
  .showHelpAfterError('(directord --help lists the commands)')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command('run')
  .description('run the service in the foreground')
  .option('--config <file>', 'the configuration', DEFAULT_CONFIG)
  .action(async (options: { config: string }) => {
    process.exitCode = await run(options.config);
  });

program
  .command('check')
  .description('validate the configuration: exit status 0 fine, 2 invalid')
  .option('--config <file>', 'the configuration', DEFAULT_CONFIG)
  .option('--host', 'also check this machine: interfaces, scripts, kernel')
  .action(async (options: { config: string; host?: true }) => {
    const { stdout, stderr } = process;
    const { runCheck } = await import('../cli/check.js');
    process.exitCode = await runCheck({ file: options.config, host: options.host === true, stdout, stderr });
  });

/** @returns the exit status: 0 stopped by a signal, 1 cannot run here, 2 the file is invalid. */
async function run(file: string): Promise<number> {
  const begun = await begin(file);
  if (typeof begun === 'number') return begun;
  const { log, running, close } = begun;
  const signal = await new Promise<string>((caught) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => caught(name));
    process.on('SIGHUP', () => running.reload());
  });
  log.info({ signal }, 'stopping: resigns, removes its addresses');
  await running.stop();
  await close();
  log.info({}, 'stopped');
  return 0;
}

/** A service that runs. */
interface Begun {
  readonly log: Log;
  readonly running: Running;
  /** At the very end. */
  close(): Promise<void>;
}

/** All that needs the whole configuration: afterwards this process keeps of it what the router needs, and a packed copy. */
async function begin(file: string): Promise<number | Begun> {
  const loaded = await loadConfig(file);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${formatProblem(problem)}\n`);
    return 2;
  }
  const { config, text } = loaded;
  if (await answers(config.control.socket)) {
    process.stderr.write(`directord: another directord answers on ${config.control.socket}; stop that one first\n`);
    return 1;
  }
  const log = await openLog('router', config.log.level);
  for (const warning of loaded.warnings) log.warn({ ...warning }, formatProblem(warning));
  log.info({ version, file, instances: config.vrrp.instances.length }, `directord ${version} starts`);
  const { startRouter } = await import('./router.js');
  const { beforehand } = await import('./beforehand.js');
  const { packRunning } = await import('./packed.js');
  const { routerPart } = await import('../router/from-config.js');
  const ready = await beforehand(config, text, log);
  const blob = packRunning({ config, file: resolve(file), text });
  return { log, running: startRouter(routerPart(config), blob, log, ready.held), close: ready.close };
}

/** Is somebody listening on that socket? */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

await program.parseAsync();

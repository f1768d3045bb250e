#!/usr/bin/env node
import { Command } from 'commander';
import { FifoHold } from './fifo-hold.js';
import { openLog } from './log.js';
import { prepared } from './prepared.js';
import { forgetRun } from './running-file.js';
import { lockState, sayLocked } from './state-lock.js';
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
  .argument('[file]', 'the same as --config')
  .option('--config <file>', 'the configuration', DEFAULT_CONFIG)
  .option('--host', 'also check this machine: interfaces, scripts, kernel')
  .action(async (file: string | undefined, options: { config: string; host?: true }, command: Command) => {
    const both = file !== undefined && command.getOptionValueSource('config') === 'cli';
    if (both) command.error('error: a file was given twice, as an argument and with --config: give it once');
    const { stdout, stderr } = process;
    const { runCheck } = await import('../cli/check.js');
    process.exitCode = await runCheck({ file: file ?? options.config, host: options.host === true, stdout, stderr });
  });

/** @returns the exit status: 0 stopped by a signal, 1 cannot run here, 2 the file is invalid. */
async function run(file: string): Promise<number> {
  let reload = (): void => {};
  // Until it runs, the file is about to be read anyway.
  process.on('SIGHUP', () => reload());
  const ready = await prepared(file);
  if (typeof ready === 'number') return ready;
  const { part, blob, held, place } = ready;
  // Until this process ends.
  if (lockState(place) === null) {
    sayLocked(place);
    return 1;
  }
  const log = await openLog('router', part.logLevel);
  log.info({ version, file, instances: part.instances.length }, `directord ${version} starts`);
  const fifo = await FifoHold.open(part.fifo, log);
  const { startRouter } = await import('./router.js');
  const running = startRouter(part, blob, log, held, fifo);
  reload = () => running.reload();
  const signal = await new Promise<string>((caught) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => caught(name));
  });
  log.info({ signal }, 'stopping: resigns, removes its addresses');
  await running.stop();
  fifo.close();
  await forgetRun(place);
  log.info({}, 'stopped');
  return 0;
}

await program.parseAsync();
// All is said and done: taking V8 apart piece by piece is work for nobody.
process.once('beforeExit', () => process.exit());

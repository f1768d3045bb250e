import { Command, CommanderError } from 'commander';
import { type Context, exit, type Io, styleFor } from './io.js';
import { printable } from './text.js';
import { laterVerbs, type Options, UsageError, type VerbSpec, verbs } from './verbs.js';

const DEFAULT_SOCKET = '/run/directord/control.sock';

/**
 * Runs `directorctl`.
 * @param args what follows the program's name.
 * @param version of this tool.
 * @returns the exit code: see `exit`. Never throws.
 */
export async function main(args: readonly string[], io: Io, version: string): Promise<number> {
  const fail = (message: string): void => void io.stderr.write(`directorctl: ${printable(message)}\n`);
  let code: number = exit.done;
  const program = programFor(io, version, async (verb, argument, options, value) => {
    if (options.socket === '')
      throw new UsageError('--socket: the path is empty: that of the control socket is expected');
    const json = options.json === true;
    const style = await styleFor(io, options.color !== false);
    const context: Context = { io, json, style, fail, socket: String(options.socket) };
    code = await verb.run(context, argument, options, value);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.usage;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof UsageError) {
      fail(message);
      return exit.usage;
    }
    fail(`unexpected: ${message}`);
    return exit.refused;
  }
}

type Run = (verb: VerbSpec, argument: string, options: Options, value: string) => Promise<void>;

/** The command line, from the table of verbs. */
function programFor(io: Io, version: string, run: Run): Command {
  const program = new Command('directorctl')
    .description('Shows and steers the directord of this machine.')
    .usage('[--socket PATH] [--json] VERB ...')
    .option('--socket <path>', 'the control socket', DEFAULT_SOCKET)
    .option('--json', 'JSON instead of text')
    .option('--no-color', 'no colours on a terminal')
    .version(version, '--version', "this tool's version")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => write(`${usageLine(text)}\n`),
      getOutHelpWidth: () => io.columns ?? 80,
      getErrHelpWidth: () => io.columns ?? 80,
    })
    .exitOverride()
    .addHelpText('after', '\nExit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no directord answered.');

  for (const verb of verbs) {
    const command = program
      .command(verb.name)
      .summary(verb.summary)
      .description(`${capital(verb.summary)}.`);
    for (const each of [verb.argument, verb.value]) {
      if (each !== undefined) command.argument(`<${each[0]}>`, each[1]);
    }
    for (const [flags, meaning] of verb.options) command.option(flags, meaning);
    command.action(async () => run(verb, command.args[0] ?? '', command.optsWithGlobals(), command.args[1] ?? ''));
  }
  for (const name of laterVerbs) {
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .helpOption(false)
      .argument('[any...]')
      .action(() => {
        throw new UsageError(`${name} is not supported yet: see directorctl --help for what is`);
      });
  }
  return program;
}

/** Commander's words, on one line and under our name. */
const usageLine = (text: string): string =>
  printable(
    `directorctl: ${text
      .trim()
      .replace(/^error: /, '')
      .replaceAll('\n', ' ')} (see directorctl --help)`,
  );

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

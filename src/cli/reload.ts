import type { ReloadReport } from '../control/service.js';
import { refused, withDaemon } from './ask.js';
import { type Context, exit } from './io.js';
import { printable, toJson } from './text.js';

/** Reading, router and table together; the daemon says it before when it takes longer. */
const ANSWER_MS = 60_000;

/** `reload`: applies the file's difference; `--dry-run` only says what it is. */
export const reload = (context: Context, dryRun: boolean): Promise<number> =>
  withDaemon(
    context,
    async (client) => {
      const { io, json } = context;
      const wrong: string[] = [];
      const onItem = ({ text }: { readonly text: string }): void => {
        wrong.push(text);
        if (!json) io.stderr.write(`${printable(text)}\n`);
      };
      const outcome = await client.request('reload', { dryRun }, { onItem, timeoutMs: ANSWER_MS });
      if (!outcome.ok) {
        const { code, message } = outcome;
        if (json && wrong.length > 0) io.stdout.write(`${toJson({ code, message, problems: wrong }, io.terminal)}\n`);
        // What is wrong stands on lines of its own already.
        return refused(
          context,
          wrong.length === 0 ? outcome : { ...outcome, message: message.replace(/; the first: .*/s, '') },
        );
      }
      io.stdout.write(json ? `${toJson(outcome.value, io.terminal)}\n` : render(outcome.value));
      for (const problem of outcome.value.problems)
        context.fail(`applied, but the kernel's table is not as it should be yet: ${problem}`);
      return outcome.value.problems.length === 0 ? exit.done : exit.refused;
    },
    () => '; whether the file is in force: see directorctl reload --dry-run',
  );

function render({ applied, summary, changes, warnings }: ReloadReport): string {
  const lines = [...warnings.map((each) => `warning: ${each}`), ...changes.map((each) => each.text)];
  const last = changes.length === 0 ? 'Nothing to change.' : `${applied ? 'Done' : 'Would do'}: ${summary}.`;
  return [...lines, last].map((line) => `${printable(line)}\n`).join('');
}

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { startScript } from '../../src/director/script-process.js';
import { Scripts } from '../../src/director/scripts.js';
import type { Alarms } from '../../src/ports/clock.js';
import { instant, millis } from '../../src/values/time.js';

const now = () => instant(Math.round(performance.now() * 1_000));
const alarms: Alarms = {
  alarm: (fire) => {
    let timer: NodeJS.Timeout | undefined;
    return {
      set: (at) => {
        clearTimeout(timer);
        timer = setTimeout(fire, (at - now()) / 1_000);
      },
      clear: () => clearTimeout(timer),
      close: () => clearTimeout(timer),
    };
  },
};

let directory = '';
afterEach(() => rm(directory, { recursive: true, force: true }));

// Root alone may own a script, so only root can make one to try.
it.runIf(process.geteuid?.() === 0)(
  'runs real scripts: a hanging one fails at its timeout, is killed, and never runs twice at once',
  async () => {
    directory = await mkdtemp(join(tmpdir(), 'directord-scripts-'));
    await chmod(directory, 0o1777);
    const path = join(directory, 'hang');
    const log = join(directory, 'log');
    await writeFile(log, '');
    await chmod(log, 0o666);
    // Its overlap would show: another run between begin and end.
    await writeFile(path, `#!/bin/sh\necho begin >> ${log}\nsleep 60 &\nwait\necho end >> ${log}\n`);
    await chmod(path, 0o755);
    const verdicts: string[] = [];
    const scripts = new Scripts(
      [
        { name: 'hang', command: [path], user: null, interval: millis(150), timeout: millis(100), rise: 1, fall: 2 },
        {
          name: 'good',
          command: ['/bin/true'],
          user: null,
          interval: millis(150),
          // A slow machine takes its time to start it.
          timeout: millis(10_000),
          rise: 1,
          fall: 1,
        },
      ],
      {
        clock: { now },
        alarms,
        start: startScript(),
        verdict: (name, up, reason) =>
          verdicts.push(`${name} ${up ? 'up' : 'down'}${reason === null ? '' : `: ${reason}`}`),
        later: setImmediate,
      },
    );
    scripts.start();
    const runs = async () => (await readFile(log, 'utf8')).split('\n').filter((l) => l === 'begin').length;
    await expect.poll(runs, { timeout: 5_000 }).toBeGreaterThanOrEqual(3);
    scripts.stop();
    expect(verdicts.sort()).toEqual(['good up', 'hang down: timed out after 100ms']);
    expect(await readFile(log, 'utf8')).not.toContain('end');
  },
);

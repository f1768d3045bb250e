import { release } from 'node:os';
import { realServers, vip } from '../topologies/scenario1.js';
import { Screen } from './screen.js';
import { everyMs, Stage } from './stage.js';
import { type Step, steps } from './steps.js';
import { now } from './stream.js';
import { align, complaint, type Done, readable, sentence, summary } from './words.js';

// The demo, inside a lab: `scripts/demo` starts it and says by DEMO_COLUMNS and DEMO_COLOURS what terminal there is.

/** What measuring by requests and the scheduler add to VRRP's own times: User Mode Linux has one slow processor. */
const slackMs = process.env.LAB_KERNEL === 'uml' ? 1500 : 300;
const screen = new Screen(Number(process.env.DEMO_COLUMNS ?? 0), process.env.DEMO_COLOURS === 'yes', (text) =>
  process.stdout.write(text),
);
const { bold, dim, red, green } = screen.paint;

const cast = [
  ['client', '172.28.128.10', `sends a request to http://${vip}/ every ${everyMs} ms`],
  ['d1', '172.28.128.60', `director, priority 100: shares ${vip} with d2 by VRRP`],
  ['d2', '172.28.128.90', 'director, priority 50'],
  ['r1', realServers.r1, 'web server (nginx)'],
  ['r2', realServers.r2, 'web server (nginx)'],
];

const comeUp = async (stage: Stage): Promise<void> => {
  const begin = performance.now();
  screen.say('', bold('Coming up: nginx on r1 and r2, directord on d1 and d2'));
  stage.doing('starting nginx on r1 and r2');
  await Promise.all([stage.startServer('r1'), stage.startServer('r2')]);
  // One after the other: on the one processor of User Mode Linux each would take twice as long beside the other, and directord
  // gives its director process 10 s to start. d2 starts while d1 waits out its Master_Down_Interval.
  for (const name of ['d1', 'd2'] as const) {
    await stage.startDirector(name);
    const filled = (): boolean => stage.row(name, 'r1') !== null && stage.row(name, 'r2') !== null;
    await stage.until(filled, `directord on ${name} has checked r1 and r2`, 10_000, 60_000);
  }
  await stage.until(() => stage.isMaster('d1'), 'd1 is master', 4_000, 30_000);
  stage.note(
    `d1 is master and both tables have both servers after ${((performance.now() - begin) / 1000).toFixed(0)} s`,
  );
  stage.doing('starting the stream of requests');
  await stage.startStream();
  await stage.watch(1.5, 'everything is up; requests go to r1 and r2 in turn');
};

const play = async (stage: Stage, step: Step, title: string, begin: number): Promise<{ done: Done; end: number }> => {
  screen.say('', bold(title));
  stage.note(dim(step.about));
  const seen = await step.act(stage);
  const end = now();
  const done = { title: step.title, allowed: step.allowed, ...(await stage.stream.report(begin, end)) };
  const wrong = complaint(done, slackMs);
  if (wrong !== null) {
    throw new Error(wrong);
  }
  stage.note(seen, green(sentence(done)));
  stage.stand();
  return { done, end };
};

const demo = async (stage: Stage): Promise<Done[]> => {
  await comeUp(stage);
  const all: Done[] = [];
  let begin = now();
  for (const [i, step] of steps.entries()) {
    const { done, end } = await play(stage, step, `${i + 1}/${steps.length}  ${step.title}`, begin);
    all.push(done);
    begin = end;
  }
  return all;
};

const kernel = process.env.LAB_KERNEL === 'uml' ? 'in User Mode Linux' : "this machine's own, in network namespaces";
screen.say('', `Linux ${release()}, ${kernel}. These five hosts are on one network:`);
screen.say(...align(cast).map((line) => `  ${line}`));
const stage = await Stage.open(screen);
try {
  const all = await demo(stage);
  await stage.close();
  const [head = '', ...rows] = summary(all);
  const sent = all.reduce((sum, { report }) => sum + report.sent, 0);
  const failed = all.reduce((sum, { report }) => sum + report.failed, 0);
  screen.say('', bold(head), ...rows, '');
  screen.say(
    dim(`A request is sent every ${everyMs} ms: an answer later than that by some ms is no outage.`),
    green(`All ${all.length} steps did what they should; ${sent - failed} of ${sent} requests were answered.`),
  );
} catch (error) {
  stage.doing('ending');
  const logs = stage.logs().map(readable);
  await stage.close();
  const late = logs.some((line) => /timed out|does not answer/.test(line));
  screen.say('', ...logs, '');
  if (late) {
    screen.say('Some of these lines tell of time-outs: is this machine busy with something else?');
  }
  screen.say(red(`demo: ${error instanceof Error ? error.message : String(error)}`));
  process.exitCode = 1;
}

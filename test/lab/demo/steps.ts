import { realServers } from '../topologies/scenario1.js';
import type { Stage } from './stage.js';
import { now } from './stream.js';
import type { Allowed } from './words.js';

/** One thing that is done to the running service. */
export interface Step {
  readonly title: string;
  /** What to expect, in plain words. */
  readonly about: string;
  readonly allowed: Allowed;
  /** Does it, and waits until it has worked. @returns what was seen @throws an Error that says what should have been */
  readonly act: (stage: Stage) => Promise<string>;
}

/** What the files in configs/ say, in ms. */
const advertMs = 1000;
const priority = { d1: 100, d2: 50 } as const;
const check = { intervalMs: 2000, timeoutMs: 1000, rise: 1, fall: 3 };

/** RFC 3768 §6.1: Skew_Time and Master_Down_Interval, in ms. */
const skewMs = (of: 'd1' | 'd2'): number => Math.round(((256 - priority[of]) / 256) * 1000);
const downMs = (of: 'd1' | 'd2'): number => 3 * advertMs + skewMs(of);

const outMs = check.fall * check.intervalMs + check.timeoutMs;
const backMs = check.rise * check.intervalMs + check.timeoutMs;
/** How much longer than that is still waited, on a machine that is busy: how long service was away is judged apart. */
const patienceMs = 45_000;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const nothing: Allowed = { ms: null, why: 'no request may fail', failures: 'none' };
const handedOver: Allowed = { ms: null, why: 'handed over, nobody is silent', failures: 'under way' };

/** Who answered since `begin`. @throws when it was not exactly `wanted`. */
const answeredBy = async (stage: Stage, begin: number, wanted: readonly string[]): Promise<string> => {
  const { byBody, ok } = (await stage.stream.report(begin, now())).report;
  const who = Object.keys(byBody).sort();
  if (who.join() !== wanted.join()) {
    const found = who.map((name) => `${name} (${byBody[name]})`).join(' and ') || 'nobody';
    throw new Error(`requests were answered by ${found}, not by ${wanted.join(' and ')} alone`);
  }
  return `${ok} requests since then: ${who.map((name) => `${byBody[name]} by ${name}`).join(', ')}`;
};

/** Waits until a director alone has the address. @returns after how long, as text */
const takeover = async (stage: Stage, name: 'd1' | 'd2', why: string, usualMs: number): Promise<string> =>
  seconds(await stage.until(() => stage.isMaster(name), `${name} is master (${why})`, usualMs, usualMs + patienceMs));

/** Waits until a director's table has a server, or has not. */
const listed = async (stage: Stage, server: 'r1' | 'r2', want: boolean, what: string, ms: number): Promise<string> =>
  seconds(await stage.until(() => (stage.row('d1', server) !== null) === want, what, ms, ms + patienceMs));

export const steps: readonly Step[] = [
  {
    title: 'drain r1',
    about: 'new requests go to r2 only; what r1 is answering, it may finish',
    allowed: nothing,
    act: async (stage) => {
      await stage.until(() => stage.isMaster('d1'), 'd1 is master', 0, patienceMs);
      await stage.directorctl('d1', 'drain', realServers.r1);
      const begin = now();
      await stage.directorctl('d1', 'status');
      await stage.watch(1.5, 'r1 is drained: its row stays, with weight 0');
      if (stage.row('d1', 'r1')?.weight !== 0) {
        throw new Error('r1 should be in the table of d1 with weight 0');
      }
      return answeredBy(stage, begin, ['r2']);
    },
  },
  {
    title: 'undrain r1',
    about: 'r1 takes its turn again',
    allowed: nothing,
    act: async (stage) => {
      await stage.until(() => stage.isMaster('d1'), 'd1 is master', 0, patienceMs);
      await stage.directorctl('d1', 'undrain', realServers.r1);
      const begin = now();
      await stage.watch(2, 'both servers answer in turn');
      return answeredBy(stage, begin, ['r1', 'r2']);
    },
  },
  {
    title: 'kill nginx on r1',
    about: `SIGKILL; r1 is out once ${check.fall} checks in a row, ${check.intervalMs / 1000} s apart, have failed`,
    allowed: {
      ms: outMs,
      why: `${check.fall} checks, ${check.intervalMs / 1000} s apart, timeout ${check.timeoutMs / 1000} s`,
      failures: 'half',
    },
    act: async (stage) => {
      await stage.killServer('r1');
      const after = await listed(stage, 'r1', false, `${check.fall} checks of r1 have failed`, outMs);
      const begin = now();
      await stage.watch(1.5, 'r1 is out of the table');
      return `r1 was out after ${after}; ${await answeredBy(stage, begin, ['r2'])}`;
    },
  },
  {
    title: 'start nginx on r1',
    about: 'one good check puts r1 back into the table',
    allowed: nothing,
    act: async (stage) => {
      await stage.startServer('r1');
      const after = await listed(stage, 'r1', true, 'a check of r1 succeeds', backMs);
      const begin = now();
      await stage.watch(1.5, 'both servers answer in turn');
      return `r1 was back after ${after}; ${await answeredBy(stage, begin, ['r1', 'r2'])}`;
    },
  },
  {
    title: 'stop d1',
    about: 'SIGTERM: it resigns with priority 0, and d2 takes over after its skew time',
    allowed: { ms: skewMs('d2'), why: 'skew time after priority 0', failures: 'under way' },
    act: async (stage) => {
      const stopped = stage.stopDirector('d1');
      const after = await takeover(stage, 'd2', 'skew time', skewMs('d2'));
      await stopped;
      const begin = now();
      await stage.watch(1.5, 'd2 serves');
      return `d2 was master after ${after}; ${await answeredBy(stage, begin, ['r1', 'r2'])}`;
    },
  },
  {
    title: 'start d1',
    about: 'it checks its servers, and takes over again: its priority is the higher',
    allowed: handedOver,
    act: async (stage) => {
      await stage.startDirector('d1');
      const after = await takeover(stage, 'd1', 'its start, then Master_Down_Interval', downMs('d1') + 6000);
      const begin = now();
      await stage.watch(1.5, 'd1 serves again');
      return `d1 was master again after ${after}; ${await answeredBy(stage, begin, ['r1', 'r2'])}`;
    },
  },
  {
    title: "cut d1's cable",
    about: `no word of farewell this time: d2 must first miss d1 for ${downMs('d2')} ms`,
    allowed: { ms: downMs('d2'), why: 'Master_Down_Interval after silence', failures: 'under way' },
    act: async (stage) => {
      await stage.cut('d1');
      const after = await takeover(stage, 'd2', 'Master_Down_Interval', downMs('d2'));
      const begin = now();
      await stage.watch(1.5, 'd2 serves');
      return `d2 was master after ${after}; ${await answeredBy(stage, begin, ['r1', 'r2'])}`;
    },
  },
  {
    title: "heal d1's cable",
    about: 'd1 hears the lower priority of d2, and takes the address back',
    allowed: handedOver,
    act: async (stage) => {
      await stage.heal('d1');
      const after = await takeover(stage, 'd1', 'Master_Down_Interval', downMs('d1') + 2000);
      const begin = now();
      await stage.watch(1.5, 'd1 serves again');
      return `d1 was master again after ${after}; ${await answeredBy(stage, begin, ['r1', 'r2'])}`;
    },
  },
];

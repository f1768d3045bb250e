import { MAX_RECENT, MAX_WAIT_MS, MAX_WEIGHT } from '../control/protocol.js';
import type { ServerSelector } from '../control/service.js';
import { parseDuration, toMillis } from '../values/time.js';
import type { Context } from './io.js';

/** Options as typed, by their long names. */
export type Options = Readonly<Record<string, string | boolean | undefined>>;

/** One line of the command table. */
export interface VerbSpec {
  readonly name: string;
  readonly summary: string;
  readonly argument?: readonly [name: string, meaning: string];
  /** A second one. */
  readonly value?: readonly [name: string, meaning: string];
  readonly options: readonly (readonly [flags: string, meaning: string])[];
  /** @returns the exit code. @throws UsageError */
  run(context: Context, argument: string, options: Options, value: string): Promise<number>;
}

/** Wrong usage: one line on stderr, exit code 2. */
export class UsageError extends Error {}

const ADDRESS = ['ADDRESS', "a server's IP (in every service), IP:PORT, or name"] as const;
const INSTANCE = ['INSTANCE', "an instance's name, VI_1 for example; its sync group goes with it"] as const;
const SERVICE = ['--service <name>', 'only in this service'] as const;

/** Everything that directorctl does. Each verb's code is loaded when it is typed. */
export const verbs: readonly VerbSpec[] = [
  {
    name: 'status',
    summary: 'VRRP instances, services and servers as they stand',
    options: [],
    async run(context) {
      const { status } = await import('./status.js');
      return status(context);
    },
  },
  {
    name: 'drain',
    summary: 'no new connections to a server, existing ones finish; outlives restarts',
    argument: ADDRESS,
    options: [
      SERVICE,
      ['--wait', 'follow the connections down to 0'],
      ['--timeout <duration>', 'give up waiting after this long, 5m by default'],
      ['--disable', 'with --wait: disable it when nothing is left; enable takes that back'],
      ['--force', 'with --disable: when time is up, too, which cuts what is left'],
    ],
    async run(context, address, options) {
      const selector = selectorOf(address, options);
      if (options.timeout !== undefined && options.wait !== true) throw new UsageError('--timeout needs --wait');
      const timeoutMs = readTimeout(String(options.timeout ?? '5m'));
      if (options.disable === true && options.wait !== true) {
        throw new UsageError('--disable needs --wait: without it, say directorctl disable');
      }
      if (options.force === true && options.disable !== true) throw new UsageError('--force needs --disable');
      const { drain, drainAndWait } = await import('./drain.js');
      if (options.wait !== true) return drain(context, selector);
      const end = { disable: options.disable === true, force: options.force === true };
      return drainAndWait(context, selector, timeoutMs, end);
    },
  },
  {
    name: 'undrain',
    summary: 'takes a drain back',
    argument: ADDRESS,
    options: [SERVICE],
    async run(context, address, options) {
      const selector = selectorOf(address, options);
      const { undrain } = await import('./drain.js');
      return undrain(context, selector);
    },
  },
  {
    name: 'weight',
    summary: 'another weight than the configured one; outlives restarts',
    argument: ADDRESS,
    value: ['N', `0 to ${MAX_WEIGHT}, or "default": takes it back`],
    options: [SERVICE],
    async run(context, address, options, text) {
      const selector = selectorOf(address, options);
      const value = readWeight(text);
      const { weight } = await import('./weight.js');
      return weight(context, selector, value);
    },
  },
  {
    name: 'disable',
    summary: 'takes a server out of the table at once, which cuts its connections; outlives restarts',
    argument: ADDRESS,
    options: [SERVICE],
    async run(context, address, options) {
      const selector = selectorOf(address, options);
      const { disable } = await import('./weight.js');
      return disable(context, selector);
    },
  },
  {
    name: 'enable',
    summary: 'takes a disable back',
    argument: ADDRESS,
    options: [SERVICE],
    async run(context, address, options) {
      const selector = selectorOf(address, options);
      const { enable } = await import('./weight.js');
      return enable(context, selector);
    },
  },
  {
    name: 'failover',
    summary: 'gives mastership of an instance to another router and stays backup; outlives restarts',
    argument: INSTANCE,
    options: [],
    async run(context, instance) {
      const { failover } = await import('./failover.js');
      return failover(context, named(instance));
    },
  },
  {
    name: 'resume',
    summary: 'takes a failover back: the instance takes part as before',
    argument: INSTANCE,
    options: [],
    async run(context, instance) {
      const { resume } = await import('./failover.js');
      return resume(context, named(instance));
    },
  },
  {
    name: 'reload',
    summary: 'applies what the configuration file says now: the difference, and nothing else',
    options: [['--dry-run', 'say what would change, and change nothing']],
    async run(context, _argument, options) {
      const { reload } = await import('./reload.js');
      return reload(context, options.dryRun === true);
    },
  },
  {
    name: 'events',
    summary: 'one line an event: the latest ones, then as they happen',
    options: [
      ['-n, --number <count>', 'how many past ones first, 20 by default'],
      ['--no-follow', 'past ones only'],
    ],
    async run(context, _argument, options) {
      const text = String(options.number ?? '20');
      if (!/^\d{1,4}$/.test(text) || Number(text) > MAX_RECENT) {
        throw new UsageError(`-n ${text}: a number of events from 0 to ${MAX_RECENT} is expected`);
      }
      const { events } = await import('./events.js');
      return events(context, Number(text), options.follow !== false);
    },
  },
  {
    name: 'check',
    summary: 'validates a configuration file: 0 fine, 2 invalid; needs no running daemon',
    argument: ['FILE', 'the configuration, /etc/directord/directord.yaml for example'],
    options: [['--host', 'check this machine too: interfaces, scripts, kernel']],
    async run(context, file, options) {
      const { check } = await import('./check-verb.js');
      return check(context, file, options.host === true);
    },
  },
];

/** Verbs of a later version: typing one is wrong usage today. */
export const laterVerbs = ['watch', 'convert'] as const;

function selectorOf(address: string, options: Options): ServerSelector {
  if (address === '') throw new UsageError('ADDRESS is empty: an IP, IP:PORT or a name is expected');
  if (options.service === undefined) return { address };
  if (options.service === '') throw new UsageError('--service names no service: the name of one is expected');
  return { address, service: String(options.service) };
}

function named(instance: string): string {
  if (instance === '') throw new UsageError('INSTANCE is empty: the name of an instance is expected');
  return instance;
}

function readWeight(text: string): number | null {
  if (text === 'default') return null;
  if (/^\d{1,5}$/.test(text) && Number(text) <= MAX_WEIGHT) return Number(text);
  throw new UsageError(`weight ${text}: a number from 0 to ${MAX_WEIGHT}, or "default", is expected`);
}

function readTimeout(text: string): number {
  const duration = parseDuration(text);
  if (duration === null) {
    throw new UsageError(
      `--timeout ${text}: a duration with its unit is expected, 30s or 5m for example, 168h at most`,
    );
  }
  const ms = toMillis(duration);
  if (ms >= 1 && ms <= MAX_WAIT_MS) return Math.floor(ms);
  throw new UsageError(`--timeout ${text}: a duration from 1ms to 168h is expected, 30s or 5m for example`);
}

import { setFlagsFromString } from 'node:v8';
import { KernelAddresses } from '../kernel/addresses.js';
import { KernelClaims } from '../kernel/claims.js';
import { KernelAlarms, KernelClock } from '../kernel/clock.js';
import { KernelLans } from '../kernel/lan.js';
import { native } from '../kernel/native.js';
import { systemdNotify, watchdogInterval } from '../kernel/notify.js';
import { KernelPacketFilter } from '../kernel/packet-filter.js';
import { KernelSyncDaemons } from '../kernel/sync-daemon.js';
import { KernelVirtualMacs } from '../kernel/virtual-mac.js';
import { KernelWays } from '../kernel/ways.js';
import type { PackedPart, ToRouter } from '../ports/channel.js';
import type { RouterPart } from '../router/from-config.js';
import { packPart, type Rest, unpackRest } from '../router/packed.js';
import { rehearse } from '../router/rehearsal.js';
import { Router } from '../router/router.js';
import type { InstanceSettings } from '../router/settings.js';
import { Soon } from '../router/soon.js';
import { Supervisor } from '../router/supervisor.js';
import { SyncRoles } from '../router/sync-roles.js';
import { Transitions } from '../router/transitions.js';
import { formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { after, type Duration, micros, millis, seconds } from '../values/time.js';
import { startDirector } from './child.js';
import type { FifoHold } from './fifo-hold.js';

/** A running router with its director. */
export interface Running {
  /** SIGHUP: the director is asked to read the file again. */
  reload(): void;
  /** Resigns, removes the addresses, ends the director. Resolves when all is done; a second call gives the same. */
  stop(): Promise<void>;
}

/** What is to be told of changes of state has so long after the last one; the service manager waits not much longer. */
const TOLD_WITHIN = seconds(5);
/** So much later than a director that takes its time the service manager may lose patience. */
const STOP_SLACK = seconds(10);

/**
 * Starts router and director on the real kernel.
 * @param part what the router runs by. @param blob all of the configuration, packed for the director.
 * @param held the instances that stay BACKUP, by name, since when.
 * @param fifo of notifications, kept open here. @throws SystemError when there is no descriptor left for a timer.
 */
export function startRouter(
  part: RouterPart,
  blob: Uint8Array,
  log: Log,
  held: ReadonlyMap<string, string>,
  fifo: FifoHold,
): Running {
  const lans = new KernelLans();
  hurry(lans, log);
  const clock = new KernelClock();
  const alarms = new KernelAlarms();
  const notify = systemdNotify();
  const wall = (): string => new Date().toISOString();
  const { instances: settings, connectionSync: following } = part;
  const runs: Runs = { blob, lanes: part.lanes, rest: packPart(part).rest };
  const addresses = new KernelAddresses();
  prepare(settings[0], addresses, log);
  const daemons = new KernelSyncDaemons(native);
  const router = new Router(
    settings,
    {
      clock,
      alarms,
      lans,
      claims: new KernelClaims(),
      addresses,
      ways: new KernelWays(),
      packetFilter: new KernelPacketFilter(),
      virtualMacs: new KernelVirtualMacs((failure) => log.warn({ failure }, formatFailure(failure))),
      log,
      wall,
      sync: new SyncRoles(following, { daemons, clock, alarms, log, changed: () => standing.ask() }),
      transition: (change) => transitions.put(change),
      report: (event) => {
        if (event !== null) supervisor.send({ kind: 'event', event });
        standing.ask();
      },
    },
    part,
  );
  const tellInstances = (): void => {
    supervisor.send({ kind: 'instances', instances: router.status() });
  };
  // The status of hundreds takes milliseconds, and hundreds change together.
  const standing = new Soon({ clock, alarms }, millis(10 + settings.length), () => {
    tellInstances();
    notify.status(summary(router));
  });
  const answer = (message: ToRouter): void => {
    if (message.kind === 'track') router.track(message.track, message);
    if (message.kind === 'query') tellInstances();
    if (message.kind === 'telling') transitions.telling(message.lane, message.sequence, message.process);
    if (message.kind === 'told') transitions.told(message.lane, message.sequence);
    if (message.kind === 'fifo') void fifo.take(message.path, message.made);
    if (message.kind === 'yield') void giveAway(message);
    if (message.kind === 'reload') void reload(message);
    if (message.kind === 'stopping') notify.extend(micros(message.within + STOP_SLACK));
  };
  const supervisor = new Supervisor({
    clock,
    alarms,
    log,
    start: () => startDirector(runs.blob),
    grace: part.grace,
    message: answer,
    ready: () => {
      tellInstances();
      transitions.resend();
      notify.ready();
    },
    missing: (missing) => router.hold(missing ? ['the director process did not come back within its grace'] : []),
  });
  const transitions = new Transitions(part.lanes, { clock, alarms, log, send: (m) => supervisor.send(m) });
  const giveAway = async ({ id, instance, since }: ToRouter & { kind: 'yield' }): Promise<void> => {
    const { yields } = router;
    const answer = await (since === null ? yields.resume(instance) : yields.failover(instance, since));
    // The director stores what it is told, and compares that with the instances: they go first.
    tellInstances();
    supervisor.send({ kind: 'yielded', id, answer });
  };
  const reload = async ({ id, part: next, blob: packed }: ToRouter & { kind: 'reload' }): Promise<void> => {
    const same = next.rest === runs.rest && router.runs(next);
    const reason = same ? null : await applyPart(next, { router, transitions, supervisor, log, runs, fifo });
    if (reason === null) runs.blob = packed;
    supervisor.send(reason === null ? { kind: 'reloaded', id, ok: true } : { kind: 'reloaded', id, ok: false, reason });
    if (!same) standing.ask();
  };
  const watchdog = keepWatchdog(watchdogInterval(), () => notify.watchdog(), clock, alarms);
  router.yields.restore(held, log);
  router.start();
  supervisor.start();

  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    notify.stopping();
    await router.stop();
    await transitions.settle(TOLD_WITHIN);
    await supervisor.stop();
    watchdog.close();
    standing.close();
  };
  return {
    reload: () => {
      if (!supervisor.send({ kind: 'reload' }))
        log.error({}, 'SIGHUP: nothing is reloaded, there is no director process');
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** What runs, for directors to come and for the next reload. */
interface Runs {
  blob: Uint8Array;
  lanes: readonly string[];
  /** The router's part but for its instances, as it came. */
  rest: string;
}

interface Parts {
  readonly router: Router;
  readonly transitions: Transitions;
  readonly supervisor: Supervisor;
  readonly log: Log & { level?: string };
  readonly runs: Runs;
  readonly fifo: FifoHold;
}

/** @returns null when all of it runs, or why nothing was changed. */
async function applyPart(
  part: PackedPart,
  { router, transitions, supervisor, log, runs, fifo }: Parts,
): Promise<string | null> {
  let rest: Rest;
  try {
    rest = unpackRest(part.rest);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  // New lanes before anything can be told in them, old ones until all has been.
  transitions.reconfigure([...runs.lanes, ...rest.lanes]);
  const refusal = await router.apply(part, rest);
  if (refusal === null) {
    runs.lanes = rest.lanes;
    runs.rest = part.rest;
  }
  transitions.reconfigure(runs.lanes);
  if (refusal !== null) return refusal;
  supervisor.grant(rest.grace);
  fifo.follow(rest.fifo);
  if (log.level !== undefined) log.level = rest.logLevel;
  return null;
}

/**
 * So that a takeover after months of waiting is as fast as one just done: its code is compiled now, and kept, where V8
 * would throw away what has not run for a while.
 */
function prepare(settings: InstanceSettings | undefined, addresses: KernelAddresses, log: Log): void {
  setFlagsFromString('--no-flush-bytecode');
  if (settings === undefined) return;
  Promise.all([rehearse(settings), addresses.rehearse(settings.addresses.slice(0, 4))]).catch((error: Error) =>
    log.warn({ why: error.message }, 'the first takeover may be slower'),
  );
}

/** Beside busy programs its timers wake it sooner then; each turn of its loop takes less. */
const SLICE_US = 100;

function hurry(lans: KernelLans, log: Log): void {
  try {
    if (!lans.realtime())
      log.info(
        {},
        'busy programs may delay adverts: the kernel grants their thread no real-time priority (LimitRTPRIO=1)',
      );
  } catch (error) {
    log.warn({ why: String(error) }, 'adverts have no thread of their own: whatever delays the router delays them');
  }
  try {
    native.shortSlice(SLICE_US);
  } catch (error) {
    log.debug({ why: String(error) }, 'the scheduler treats this process like any other');
  }
}

/** One line for `systemctl status`. */
const summary = (router: Router): string => router.states.map(({ name, state }) => `${name} ${state}`).join(', ');

/** Pats the service manager's watchdog at half its interval, from the router's own loop: that is what it watches. */
function keepWatchdog(interval: Duration | null, pat: () => void, clock: KernelClock, alarms: KernelAlarms) {
  if (interval === null) return { close: () => {} };
  const again = (): void => alarm.set(after(clock.now(), micros(interval / 2)));
  const alarm = alarms.alarm(() => {
    pat();
    again();
  });
  again();
  return alarm;
}

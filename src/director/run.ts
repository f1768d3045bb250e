import type { Config } from '../config/schema.js';
import { wantedSwitches } from '../config/switches.js';
import { type ActualService, serviceId } from '../core/ipvs/table.js';
import type { InstanceStatus, StatusReport } from '../core/status.js';
import type { Alarm } from '../ports/clock.js';
import { within } from '../ports/waiting.js';
import { after, between, type Duration, type Instant, micros, seconds, toSeconds } from '../values/time.js';
import { Administration } from './administration.js';
import { Advices } from './advice.js';
import { carry, rowNotes } from './carried.js';
import { Checks } from './checks.js';
import { Consequences } from './consequences.js';
import type { DirectorDeps } from './director-deps.js';
import { Events } from './events.js';
import { Holds } from './holds.js';
import { HttpPage } from './http-page.js';
import { Instances } from './instances.js';
import { wantedTimeouts } from './kernel-settings.js';
import { modelOf } from './model.js';
import { Notify } from './notify.js';
import { Overrides } from './overrides.js';
import { Owned } from './owned.js';
import { Policy } from './policy.js';
import { leavingWith, waitUntilDrained } from './policy-stop.js';
import { leftovers, troubles } from './problems.js';
import { QuorumCommands } from './quorum-commands.js';
import { Reconciler } from './reconciler.js';
import { Reload } from './reload.js';
import { pairs } from './reload-model.js';
import type { Shaped } from './reload-plan.js';
import { Rows, serviceStatus } from './report.js';
import { Scripts } from './scripts.js';
import { ServiceIndex } from './service-index.js';
import { State } from './state.js';
import { Switches } from './switches.js';
import { TimeoutsKeeper } from './timeouts.js';
import { Tracks } from './tracks/tracks.js';
import { patienceFor, Yields } from './yields.js';

/** A start is over so long after it, and there is time for a rehearsal. */
const REHEARSAL_AFTER = seconds(3);
/** The router ends a director that does not end by itself within 3 s. */
const STOP_WITHIN = seconds(2);

type OnStop = Config['ipvs']['on_stop'];

/** All parts of a director, from start to stop. */
export class Run {
  readonly events = new Events();
  readonly instances: Instances;
  readonly notify: Notify;
  readonly yields: Yields;
  stopping = false;
  readonly #deps: DirectorDeps;
  /** What runs now: the file of the start, or of the latest reload. */
  #config: Config;
  #reload: Reload | null = null;
  /** SIGHUP came before the start was over. */
  #hungUp = false;
  readonly #startedAt: Instant;
  readonly #checks: Checks;
  readonly #advices: Advices;
  readonly #scripts: Scripts;
  readonly #tracks: Tracks;
  readonly #policy: Policy;
  readonly #quorums: QuorumCommands;
  readonly #consequences: Consequences;
  #reconciler: Reconciler | null = null;
  #control: { close(): Promise<void> } | null = null;
  #page: HttpPage | null = null;
  #state: State | null = null;
  #switches: Switches | null = null;
  #timeouts: TimeoutsKeeper | null = null;
  #stopped: Promise<void> | null = null;
  readonly #rehearsal: Alarm;

  constructor(deps: DirectorDeps) {
    this.#deps = deps;
    this.#config = deps.config;
    this.#startedAt = deps.clock.now();
    this.#rehearsal = deps.alarms.alarm(() => this.#reload?.rehearse());
    this.instances = new Instances(deps);
    this.#policy = new Policy({ ...deps, rise: (services) => this.#consequences.changed(services) });
    this.#checks = new Checks({
      ...deps,
      start: deps.startProbe,
      watch: deps.watchProbe,
      changed: (checked) => this.#consequences.verdict(checked),
      advised: (checked) => this.#consequences.advised(checked, 'check'),
      troubled: (checked) => this.#consequences.troubled(checked),
    });
    this.#advices = new Advices({
      ...deps,
      start: deps.startProbe,
      answered: (checked) => this.#consequences.advised(checked, 'agent'),
      asked: (services) => this.#consequences.asked(services),
      troubled: (checked) => this.#consequences.troubled(checked),
    });
    this.#scripts = new Scripts(deps.config.track.scripts, {
      ...deps,
      start: deps.startScript,
      verdict: (name, up, reason) => this.#consequences.script(name, up, reason),
    });
    this.#tracks = new Tracks({
      ...deps,
      send: (track, verdict) => deps.channel.send({ kind: 'track', track, ...verdict }),
      tell: (happening) => this.#consequences.tell(happening),
    });
    this.notify = new Notify(deps.config, {
      ...deps,
      ...deps.notify,
      start: deps.startScript,
      happened: (happening) => this.events.add(happening),
    });
    this.#quorums = new QuorumCommands({
      ...deps,
      ...deps.notify,
      start: deps.startScript,
      happened: (happening) => this.events.add(happening),
    });
    this.#quorums.follow(deps.config.ipvs.services);
    const { events } = this;
    this.#consequences = new Consequences({ ...deps, events, tracks: this.#tracks, quorums: this.#quorums });
    this.yields = new Yields({
      ...deps,
      place: deps.store.place,
      tell: (happening) => this.#consequences.tell(happening),
      patience: patienceFor(deps.config.vrrp.instances),
      names: deps.config.vrrp.instances.map((instance) => instance.name),
    });
  }

  /** @throws when it cannot go on. */
  async start(): Promise<void> {
    const { config, store, log, wall } = this.#deps;
    this.#deps.harden();
    // First: the router waits for the verdicts.
    this.#scripts.start();
    this.#tracks.start();
    const { overrides, problem } = await Overrides.load(store, log);
    const { holds, problem: unheld } = await Holds.load(store, log);
    this.yields.loaded(holds);
    void this.yields.align(() => this.instances.latest);
    const owned = await Owned.load(store, log);
    if (this.stopping) return;
    const state = new State(modelOf(config.ipvs), this.#checks, overrides, wall, this.#policy, this.#advices);
    this.#state = state;
    this.#consequences.of(state);
    const index = new ServiceIndex(() => state.services, state);
    const reconciler = new Reconciler({
      ...this.#deps,
      owned,
      interval: () => this.#config.ipvs.reconcile_interval,
      keys: () => index.keys(),
      desired: (ids) => index.desired(ids),
      adopt: (found) => state.adopt(found),
      happened: (what, reason) => this.events.add({ time: wall(), subject: 'table', name: 'ipvs', what, reason }),
    });
    this.#reconciler = reconciler;
    this.#consequences.in(reconciler);
    await reconciler.changed();
    if (this.stopping) return;
    const switches = new Switches({
      ...this.#deps,
      wanted: () => (state.services.length === 0 ? {} : wantedSwitches(this.#config.ipvs.switches)),
      readable: () => reconciler.readable,
      happened: (name, what, reason) => this.events.add({ time: wall(), subject: 'switch', name, what, reason }),
    });
    this.#switches = switches;
    await switches.look();
    const timeouts = new TimeoutsKeeper({
      ...this.#deps,
      identity: () => this.#deps.switches.identity(),
      wanted: () => wantedTimeouts(this.#config.ipvs.timeouts),
      happened: (name, what, reason) => this.events.add({ time: wall(), subject: 'timeout', name, what, reason }),
    });
    this.#timeouts = timeouts;
    await timeouts.look();
    if (this.stopping) return;
    const reload = new Reload({
      ...this.#deps,
      system: this.#deps.reload,
      running: () => ({ config: this.#config, services: state.services }),
      notes: (next) => rowNotes(overrides, { config: this.#config, services: state.services }, next),
      carry: async (next) => {
        const end = await carry(overrides, { config: this.#config, services: state.services }, next);
        return async (moved) => {
          for (const each of state.recount(state.owners(await end(moved)))) this.#consequences.tell(each);
        };
      },
      masters: () => new Set(this.instances.latest.flatMap((i) => (i.state === 'master' ? i.name : []))),
      underWay: (is) => reconciler.rest(is),
      look: (next) => this.#standing(next, state),
      follow: (next, found) => this.#follow(next, state, reconciler, found),
      rehearse: (next) => this.#replace(next, state, reconciler, []),
      settled: async () => {
        await reconciler.changed();
        return reconciler.problems;
      },
      happened: (happening) => this.events.add(happening),
    });
    const administration = new Administration({
      reload,
      state,
      overrides,
      reconciler,
      events: this.events,
      yields: this.yields,
      tell: (happening) => this.#consequences.tell(happening),
      wall,
      place: store.place,
      ask: () => this.instances.ask(),
      templatesLead: () => switches.templatesLead,
      status: () => this.#status(state, reconciler, overrides, [problem, unheld]),
    });
    const control = await this.#deps.openControl(administration);
    if (this.stopping) await control.close();
    else this.#control = control;
    this.#reload = reload;
    if (this.#hungUp) reload.hangup();
    if (!this.stopping) this.#rehearsal.set(after(this.#deps.clock.now(), REHEARSAL_AFTER));
    this.#page = new HttpPage({ ...this.#deps, report: () => administration.status() });
    if (!this.stopping) void this.#page.follow(config.http?.listen ?? null);
  }

  /** The configuration that runs. */
  get config(): Config {
    return this.#config;
  }

  /** SIGHUP. */
  hangup(): void {
    if (this.#reload === null) this.#hungUp = true;
    else this.#reload.hangup();
  }

  /** The router answered a reload; `refused` says why. */
  reloaded(id: number, refused: string | null): void {
    this.#reload?.answered(id, refused);
  }

  /** What the kernel has of services that are new in a file; nothing where it cannot say. */
  async #standing(next: Shaped, state: State): Promise<readonly ActualService[]> {
    const changed = pairs({ config: this.#config, services: state.services }, next);
    const known = new Set(changed.flatMap(({ before }) => (before?.spec.keys ?? []).map(serviceId)));
    const fresh = changed.flatMap(({ after }) => (after?.spec.keys ?? []).filter((key) => !known.has(serviceId(key))));
    const found = fresh.length === 0 ? [] : await this.#deps.table.read(fresh);
    return 'code' in found ? [] : found;
  }

  /** Goes on with another configuration, all of it in one turn. */
  #follow(next: Shaped, state: State, reconciler: Reconciler, found: readonly ActualService[]): void {
    const { config } = next;
    this.notify.follow(config);
    this.yields.follow(config.vrrp.instances);
    this.#replace(next, state, reconciler, found);
    this.#scripts.follow(config.track.scripts);
    this.#tracks.follow(config);
    this.#quorums.follow(config.ipvs.services);
    this.#consequences.services();
    void this.#page?.follow(config.http?.listen ?? null);
    void this.#switches?.look();
    void this.#timeouts?.look();
    this.#deps.reload.applied(config);
  }

  /** The part of it that tables of thousands of services make long. */
  #replace(next: Shaped, state: State, reconciler: Reconciler, found: readonly ActualService[]): void {
    const changed = pairs({ config: this.#config, services: state.services }, next);
    this.#config = next.config;
    const happenings = state.replace(next.services, changed, found);
    const concerned = changed.flatMap(({ before, after }) => (before === after ? [] : [before, after]));
    void reconciler.changed(concerned.flatMap((service) => service?.spec.keys ?? []));
    for (const happening of happenings) this.#consequences.tell(happening);
  }

  /** Ends everything, in a bounded time. */
  stop(table: OnStop): Promise<void> {
    this.stopping = true;
    this.#stopped ??= this.#stop(table);
    return this.#stopped;
  }

  async #stop(onStop: OnStop): Promise<void> {
    this.#scripts.stop();
    this.#tracks.stop();
    this.notify.stop();
    this.#checks.stop();
    this.#advices.stop();
    this.#policy.stop();
    this.#rehearsal.close();
    if (onStop === 'drain') await this.#within(micros(this.#config.ipvs.drain_timeout + STOP_WITHIN), this.#drain());
    const table = onStop === 'leave' ? 'leave' : 'clear';
    if (table === 'clear') this.#consequences.quorums(null, true);
    const work = Promise.allSettled([
      this.#quorums.idle(),
      this.#control?.close(),
      this.#page?.stop(),
      // The table first: while it stands it needs the switches.
      this.#reconciler?.stop(table).then(() => this.#switches?.stop(table)),
      this.#timeouts?.stop(table),
    ]);
    await this.#within(STOP_WITHIN, work);
    this.#quorums.stop();
  }

  #within(time: Duration, work: Promise<unknown>): Promise<void> {
    return within(this.#deps, time, work, () => this.#deps.log.warn({}, 'stopping takes too long: ending as it is'));
  }

  /** All weights go to 0, and connections may end. */
  async #drain(): Promise<void> {
    const [state, reconciler] = [this.#state, this.#reconciler];
    if (state === null || reconciler === null) return;
    const { drain_timeout: timeout } = this.#config.ipvs;
    this.#deps.channel.send({ kind: 'stopping', within: micros(timeout + STOP_WITHIN) });
    state.ending = true;
    await reconciler.changed();
    await waitUntilDrained({
      ...this.#deps,
      timeout,
      leaving: leavingWith(this.#config),
      read: async () => {
        await reconciler.fresh(micros(0));
        return reconciler.actual;
      },
    });
  }

  /** The router told its instances, asked or not. */
  heard(instances: readonly InstanceStatus[]): void {
    this.instances.hear(instances);
    void this.yields.align(() => this.instances.latest);
    const changed = this.#policy.heard(instances, this.#state?.services ?? []);
    if (changed.length > 0) this.#consequences.changed(changed);
  }

  #status(
    state: State,
    reconciler: Reconciler,
    overrides: Overrides,
    stored: readonly (string | null)[],
  ): StatusReport {
    const rows = new Rows(reconciler.actual);
    const { clock, version } = this.#deps;
    const config = this.#config;
    return {
      version,
      routerId: config.router_id,
      uptimeSeconds: toSeconds(between(this.#startedAt, clock.now())),
      instances: this.instances.latest,
      services: state.services.map((service) => serviceStatus(service, state, rows, (key) => reconciler.refuses(key))),
      tableDelays: reconciler.delays.histogram,
      problems: [
        ...reconciler.problems,
        ...(this.#switches?.problems() ?? []),
        ...(this.#timeouts?.problems() ?? []),
        ...stored.filter((problem) => problem !== null),
        ...this.yields.problems(this.instances.latest),
        ...this.notify.problems(),
        ...this.#scripts.problems(),
        ...this.#tracks.problems(),
        ...troubles(this.#checks),
        ...troubles(this.#advices.agents),
        ...(this.#page?.problems() ?? []),
        ...leftovers(state, overrides),
      ],
    };
  }
}

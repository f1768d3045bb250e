import type { InstanceStatus } from '../core/status.js';
import type { TrackVerdict } from '../core/track/verdict.js';
import type { Link } from '../ports/addresses.js';
import type { PackedPart } from '../ports/channel.js';
import { within } from '../ports/waiting.js';
import type { Ip } from '../values/ip.js';
import { type Instant, micros, millis, seconds } from '../values/time.js';
import { Acceptance } from './acceptance.js';
import { Announcers } from './announcers.js';
import { ClaimWatches, type Watched } from './claim-watches.js';
import { Fleet } from './fleet.js';
import { Holdings } from './holdings.js';
import type { Instance } from './instance.js';
import type { InstanceEvent, Who } from './instance-deps.js';
import { Lanes } from './lanes.js';
import { surroundings } from './links.js';
import { News } from './news.js';
import type { Rest } from './packed.js';
import { Readings } from './readings.js';
import type { RouterDeps, RouterOptions } from './router-deps.js';
import { addressesIn, type InstanceSettings, laneOf } from './settings.js';
import { StartupDelay } from './startup-delay.js';
import { Troubles } from './troubles.js';
import { VirtualMacKeeper } from './virtual-macs.js';
import { Yields } from './yields.js';

/** A kernel that does not answer must not hold up a stop: the service manager would kill us. */
const KERNEL_WITHIN = seconds(5);
/**
 * Lets a last advert leave the process before its socket closes; and the next master take over, which with short
 * intervals does so at once, and may be on this host: the end of a process of this size is work for all CPUs.
 */
const LINGER = millis(100);

/** All virtual routers of this host: one lan an interface and family, one order of address changes, one watch on the links. */
export class Router {
  readonly #deps: RouterDeps;
  readonly #fleet: Fleet;
  #virtual: ReadonlySet<Ip>;
  readonly #verdicts = new Map<string, TrackVerdict>();
  readonly #holdings: Holdings;
  readonly #lanes: Lanes;
  readonly #announcers: Announcers;
  readonly #macs: VirtualMacKeeper;
  readonly #acceptance: Acceptance;
  readonly #conflicts: ClaimWatches;
  readonly #troubles: Troubles;
  readonly #news: News;
  readonly #readings: Readings;
  readonly #startup: StartupDelay;
  /** `directorctl failover` and `resume`. */
  readonly yields: Yields;
  #held: readonly string[] = [];
  #watch: { close(): void } | null = null;
  #waysWatch: { close(): void } | null = null;
  #stopped = false;

  constructor(settings: readonly InstanceSettings[], deps: RouterDeps, options: RouterOptions = {}) {
    this.#deps = deps;
    this.#troubles = new Troubles(deps.log);
    this.#news = new News(deps);
    this.#holdings = new Holdings(deps.addresses, deps.ways ?? null);
    this.#announcers = new Announcers(settings, deps.lans);
    this.#acceptance = new Acceptance(settings, { ...deps, changed: () => deps.report(null) });
    this.#macs = new VirtualMacKeeper(settings, {
      ...deps,
      refresh: () => this.refresh(),
      sendFailed: (name, failure) => this.#instances.find((i) => i.settings.name === name)?.sendFailed(failure),
    });
    this.#virtual = addressesIn(settings);
    this.#readings = new Readings(deps, {
      look: (links, readAt) => this.#look(links, readAt),
      trouble: (trouble) => this.#troubles.tell('links', trouble, 'cannot read links and addresses from the kernel'),
    });
    this.#lanes = new Lanes({
      ...deps,
      instances: () => this.#instances,
      again: (wait) => this.#readings.later(wait),
      trouble: (lane, trouble, what) => this.#troubles.tell(lane, trouble, what),
    });
    this.#startup = new StartupDelay(options.startupDelay ?? micros(0), deps, (waits) => {
      for (const instance of this.#instances) instance.wait(waits);
    });
    this.#fleet = new Fleet(settings, options.groups ?? [], {
      ...deps,
      instance: { ...deps, holdings: this.#holdings, verdicts: this.#verdicts, changed: this.#changed },
      groupChanged: (name, from, to, reason) => this.#news.group(name, from, to, reason),
      expect: (list) => this.#expect(list),
      waits: () => this.#startup.waits,
      stopped: () => this.#stopped,
    });
    this.#lanes.regroup();
    this.yields = new Yields(() => this.#instances);
    this.#conflicts = new ClaimWatches(this.#watched(), deps.claims, deps.log);
  }

  get #instances(): readonly Instance[] {
    return this.#fleet.instances;
  }

  /** All virtual addresses, and whom a claim of another host is told. */
  #watched(): Watched[] {
    return this.#instances.flatMap((instance) =>
      instance.settings.addresses.map(({ interface: name, cidr }) => ({
        interface: name,
        address: cidr.address,
        contested: (address: Ip, hardware: string) => instance.contested(address, hardware),
      })),
    );
  }

  /** Starts every instance as soon as its conditions are known. */
  start(): void {
    if (this.#instances.length === 0) return;
    for (const instance of this.#instances) this.#syncWith(instance);
    this.#startup.begin();
    this.#acceptance.start();
    this.#watchAll();
    this.refresh();
  }

  #watchAll(): void {
    this.#watch ??= this.#deps.addresses.watch(() => this.refresh());
    this.#watchWays();
  }

  /** Only where there are routes or rules: another program's routes are no reason to wake up. */
  #watchWays(): void {
    const whose = (): Instance[] => this.#instances.filter(({ settings: { ways = [] } }) => ways.length > 0);
    if (whose().length === 0) {
      this.#waysWatch?.close();
      this.#waysWatch = null;
      return;
    }
    const check = (): void => {
      for (const instance of whose()) instance.checkWays();
    };
    this.#waysWatch ??= this.#deps.ways?.watch(check) ?? null;
  }

  /**
   * Applies the router's part of another configuration, a few instances a turn; of what does not differ nothing is touched.
   * @param rest of the part. @returns null when all of it runs, or why nothing was changed.
   */
  async apply(part: PackedPart, rest: Pick<Rest, 'groups' | 'tracks' | 'connectionSync'>): Promise<string | null> {
    const refusal = await this.#fleet.apply(part, rest.groups);
    if (refusal === null) this.#settle(rest);
    return refusal;
  }

  /** Whether its instances are these already: of another configuration, only other parts differ then. */
  runs(part: PackedPart): boolean {
    return this.#fleet.runs(part);
  }

  /** The instances will be others. */
  #expect(settings: readonly InstanceSettings[]): void {
    // An address that was ours is no host's own before it is gone.
    this.#virtual = new Set([...this.#virtual, ...addressesIn(settings)]);
    this.#lanes.expect(settings);
  }

  /** What belongs to all instances follows them. */
  #settle({ tracks, connectionSync }: Pick<Rest, 'tracks' | 'connectionSync'>): void {
    if (this.#stopped) return;
    const settings = this.#instances.map((instance) => instance.settings);
    const known = new Set(tracks);
    for (const track of this.#verdicts.keys()) if (!known.has(track)) this.#verdicts.delete(track);
    this.#lanes.regroup();
    this.#lanes.expect(settings);
    this.#lanes.prune();
    this.#announcers.reconfigure(settings);
    this.#acceptance.reconfigure(settings);
    this.#conflicts.reconfigure(this.#watched());
    this.#macs.reconfigure(settings, () => this.#holdings.idle());
    const leader = this.#instances.find((instance) => instance.settings.name === connectionSync?.instance);
    this.#deps.sync?.reconfigure(connectionSync, leader?.state ?? null);
    if (settings.length > 0) this.#watchAll();
    void this.#holdings.idle().then(() => {
      this.#virtual = addressesIn(this.#instances.map((instance) => instance.settings));
      this.refresh();
    });
    this.refresh();
  }

  /** What the director says of a track, by its id (`process/haproxy`). */
  track(track: string, verdict: TrackVerdict): void {
    this.#verdicts.set(track, verdict);
    for (const instance of this.#instances) instance.track(track);
  }

  /** Reasons to keep every instance out (the director is gone for too long); empty to take part again. */
  hold(reasons: readonly string[]): void {
    this.#held = reasons;
    this.#holdAll();
  }

  /** Where each instance stands. */
  get states(): Pick<InstanceStatus, 'name' | 'state'>[] {
    return this.#instances.map(({ settings: { name }, state }) => ({ name, state }));
  }

  /** Packets that no instance could be told are counted for their interface, and shown with each of its instances. */
  status(): InstanceStatus[] {
    return this.#instances.map((instance) => {
      const status = instance.status();
      const dropped = this.#lanes.dropped(status.interface);
      for (const [why, n] of Object.entries(status.counters.dropped)) dropped[why] = (dropped[why] ?? 0) + n;
      return this.#withAcceptance(this.#withSync({ ...status, counters: { ...status.counters, dropped } }));
    });
  }

  /** Resigns everywhere, removes the addresses, closes. Resolves when the kernel has done it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#watch?.close();
    this.#waysWatch?.close();
    this.#readings.close();
    this.#startup.close();
    for (const instance of this.#instances) instance.stop();
    // Where the next master is on this host as well, as in a test, nothing of ours is in its way.
    this.#lanes.deafen();
    const synced = this.#deps.sync?.stop() ?? Promise.resolve();
    await within(this.#deps, KERNEL_WITHIN, Promise.all([this.#holdings.idle(), synced]));
    await within(this.#deps, LINGER, new Promise(() => {}));
    this.#lanes.close();
    this.#announcers.close();
    await within(this.#deps, KERNEL_WITHIN, Promise.all([this.#removeMacs(), this.#acceptance.stop()]));
    this.#conflicts.close();
  }

  async #removeMacs(): Promise<void> {
    for (const refusal of await this.#macs.stop()) this.#deps.log.error({ refusal }, `virtual MAC stays: ${refusal}`);
  }

  #withAcceptance(status: InstanceStatus): InstanceStatus {
    const reason = this.#acceptance.reason(status.name);
    return reason === null ? status : { ...status, reasons: [...status.reasons, reason] };
  }

  /** The kernel's connection sync goes with the instance that leads it. */
  #syncWith(instance: Who): void {
    const { sync } = this.#deps;
    if (!this.#stopped && sync?.instance === instance.settings.name) sync.follow(instance.state);
  }

  #withSync(status: InstanceStatus): InstanceStatus {
    const { sync } = this.#deps;
    const connectionSync = sync?.instance === status.name ? sync.status() : null;
    if (connectionSync === null) return status;
    const { reason } = connectionSync;
    const reasons = reason === null ? status.reasons : [...status.reasons, `no connection sync: ${reason}`];
    return { ...status, reasons, connectionSync };
  }

  /** Reads links and addresses again, soon. */
  refresh(): void {
    this.#readings.ask();
  }

  #look(links: readonly Link[], readAt: Instant): void {
    this.#openLans(links);
    for (const instance of this.#instances) {
      if (this.#macs.unsettled(instance.settings, links)) continue;
      instance.look(surroundings(instance.settings, links, this.#virtual, readAt));
    }
  }

  /** Opens what is missing; an interface that came back under another index needs new sockets. */
  #openLans(links: readonly Link[]): void {
    this.#macs.follow(links);
    const announcers = this.#announcers.follow(links);
    this.#conflicts.follow(links);
    this.#lanes.follow(links);
    for (const instance of this.#instances) {
      const { settings } = instance;
      instance.attach(this.#macs.lanOf(settings, this.#lanes.lanOf(laneOf(settings))), announcers);
    }
    for (const [name, trouble] of this.#macs.troubles)
      this.#troubles.tell(`virtual MAC ${name}`, trouble, `no ${name}`);
    for (const [name, failure] of this.#announcers.failures) {
      this.#troubles.tell(`announcements on ${name}`, failure, `cannot announce addresses on ${name}`);
    }
    this.#holdAll();
  }

  #holdAll(): void {
    for (const instance of this.#instances) {
      const troubles = [this.#troubles.of(laneOf(instance.settings)), this.#macs.trouble(instance.settings)];
      instance.hold([...this.#held, ...troubles.flatMap((trouble) => trouble ?? [])]);
    }
  }

  readonly #changed = (instance: Who, event: InstanceEvent | null): void => {
    if (event !== null) this.#syncWith(instance);
    this.#news.instance(instance.settings.name, event);
  };
}

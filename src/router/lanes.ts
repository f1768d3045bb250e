import type { Link } from '../ports/addresses.js';
import type { Lan, Lans, Listened } from '../ports/lan.js';
import { formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { type Duration, type Instant, millis, seconds } from '../values/time.js';
import { Drops } from './drops.js';
import type { Instance } from './instance.js';
import { type InstanceSettings, laneOf } from './settings.js';

export interface LanesDeps {
  readonly lans: Lans;
  readonly clock: { now(): Instant };
  readonly log: Log;
  /** All instances, as they are now. */
  readonly instances: () => readonly Instance[];
  /** It is to be tried again after that. */
  readonly again: (wait: Duration) => void;
  /** What keeps a lane's instances out, or null; `what` is in the log. */
  readonly trouble: (lane: string, trouble: string | null, what: string) => void;
}

/** After the kernel refused a socket, when it is asked again. */
const RETRY_AFTER = seconds(5);
/** A socket that failed is opened anew well before three adverts are lost. */
const REOPEN_AFTER = millis(100);

interface Open {
  readonly index: number;
  readonly lan: Lan;
}

/** The lans: one for each interface and family that instances speak on, opened anew when its interface is. */
export class Lanes {
  readonly #deps: LanesDeps;
  readonly #open = new Map<string, Open>();
  readonly #drops = new Map<string, Drops>();
  /** Lanes whose sending socket failed: it is opened anew. */
  readonly #broken = new Set<string>();
  /** What each lane listens for. */
  readonly #heard = new Map<string, string>();
  /** Each lane's instances by VRID. */
  #members: ReadonlyMap<string, ReadonlyMap<number, Instance>> = new Map();

  constructor(deps: LanesDeps) {
    this.#deps = deps;
  }

  /** There are other instances, or there is another one in the place of one. */
  regroup(): void {
    const found = new Map<string, Map<number, Instance>>();
    for (const instance of this.#deps.instances()) {
      const lane = laneOf(instance.settings);
      const members = found.get(lane) ?? new Map<number, Instance>();
      found.set(lane, members.set(instance.settings.vrrp.virtualRouterId, instance));
    }
    this.#members = found;
  }

  /** What instances on a lane speak on; null while it cannot be opened. */
  lanOf(lane: string): Lan | null {
    return this.#open.get(lane)?.lan ?? null;
  }

  /** Opens what is missing; an interface that came back under another index needs new sockets. */
  follow(links: readonly Link[]): void {
    for (const [lane, members] of this.#members) {
      const [first] = members.values();
      const link = links.find((l) => l.name === first?.settings.interface);
      const open = this.#open.get(lane);
      if (open !== undefined && open.index === link?.index && !this.#broken.has(lane)) continue;
      this.#broken.delete(lane);
      open?.lan.close();
      this.#open.delete(lane);
      if (link !== undefined) this.#try(lane, link, [...members.values()]);
    }
  }

  /**
   * Before the instances are others: each lane that is open listens for those of the new settings, and nobody on it misses
   * anything. @param settings of all instances, as they will be.
   */
  expect(settings: readonly InstanceSettings[]): void {
    for (const [lane, { lan }] of this.#open) {
      const here = settings.filter((s) => laneOf(s) === lane).map((s) => s.vrrp);
      const heard = textOf(here);
      if (here.length === 0 || heard === this.#heard.get(lane)) continue;
      this.#heard.set(lane, heard);
      if (lan.listen !== undefined && lan.listen(here) === null) continue;
      this.#broken.add(lane);
    }
  }

  /** What nobody speaks on any more is closed. */
  prune(): void {
    for (const [lane, { lan }] of this.#open) {
      if (this.#members.has(lane)) continue;
      lan.close();
      this.#open.delete(lane);
      this.#heard.delete(lane);
      this.#deps.trouble(lane, null, `VRRP on ${lane}`);
    }
  }

  /** Packets on an interface that no instance could be told, by reason. */
  dropped(interfaceName: string): Record<string, number> {
    return { ...this.#drops.get(interfaceName)?.totals() };
  }

  /** Hears nothing more; what is sent still goes out. */
  deafen(): void {
    for (const { lan } of this.#open.values()) lan.deafen?.();
  }

  close(): void {
    for (const { lan } of this.#open.values()) lan.close();
    this.#open.clear();
  }

  #try(lane: string, { name, index }: Link, on: readonly Instance[]): void {
    const { lans, clock, again, trouble } = this.#deps;
    const member = (id: number): Instance | undefined => this.#members.get(lane)?.get(id);
    const routers = on.map((i) => i.settings.vrrp);
    const opened = lans.open(name, routers, {
      advert: (from, advert, waited) => member(advert.virtualRouterId)?.advert(from, advert, waited),
      dropped: (why, from, router) => {
        const whose = router === null ? undefined : member(router);
        if (whose !== undefined) whose.dropped(why, from);
        else this.#dropsOn(name).count(why, from, clock.now());
      },
      failed: (failure) => {
        for (const instance of this.#members.get(lane)?.values() ?? []) instance.sendFailed(failure);
        this.#broken.add(lane);
        again(REOPEN_AFTER);
      },
      unreachable: (router, peer, why) => member(router)?.unreachable(peer, why),
    });
    if ('code' in opened) {
      trouble(lane, `cannot open VRRP on ${lane}: ${formatFailure(opened)}`, `cannot open VRRP on ${lane}`);
      again(RETRY_AFTER);
      return;
    }
    trouble(lane, null, `VRRP on ${lane}`);
    this.#heard.set(lane, textOf(routers));
    this.#open.set(lane, { index, lan: opened });
  }

  #dropsOn(name: string): Drops {
    const known = this.#drops.get(name);
    if (known !== undefined) return known;
    const drops = new Drops(this.#deps.log, { interface: name });
    this.#drops.set(name, drops);
    return drops;
  }
}

/** What of them a lane is opened with, whatever their order. */
const textOf = (routers: readonly Listened[]): string =>
  routers
    .map(({ virtualRouterId, version, unicast }) => JSON.stringify([virtualRouterId, version, unicast]))
    .sort()
    .join();

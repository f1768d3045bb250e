import type { Link } from '../ports/addresses.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import type { Lan, Lans, Sender } from '../ports/lan.js';
import type { VirtualMac, VirtualMacs } from '../ports/virtual-mac.js';
import { type Failure, formatFailure } from '../values/failure.js';
import { familyOf } from '../values/ip.js';
import type { Log } from '../values/log.js';
import { after, millis, seconds } from '../values/time.js';
import type { InstanceSettings, VirtualMacSettings } from './settings.js';

export interface VirtualMacDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly lans: Lans;
  readonly virtualMacs?: VirtualMacs | null;
  readonly log?: Log;
  /** Reads the links again, and calls {@link VirtualMacKeeper.follow} with them. */
  readonly refresh: () => void;
  /** An advert was handed over to the virtual MAC's interface, and the kernel refused it afterwards. */
  readonly sendFailed: (instance: string, failure: Failure) => void;
}

/** An instance with a virtual MAC. */
interface Kept {
  settings: InstanceSettings;
  readonly mac: VirtualMacSettings;
  /** The indexes of parent and interface that were found to be in order. */
  settled: string | null;
  /** Asked of the kernel; the next reading of the links shows it. */
  made: boolean;
  trouble: string | null;
  sender: { readonly index: number; readonly sender: Sender } | null;
  /** What it speaks on: the sender, together with the lan that hears. */
  lan: { readonly base: Lan; readonly joined: Lan } | null;
}

/** After a refusal of the kernel, when it is asked again. */
const RETRY_AFTER = seconds(5);
/** A socket that failed is opened anew well before three adverts are lost. */
const REOPEN_AFTER = millis(100);

/** The interfaces with a virtual MAC: made when their parent is there, kept while the router runs, removed at its end. */
export class VirtualMacKeeper {
  readonly #deps: VirtualMacDeps;
  #kept: ReadonlyMap<string, Kept>;
  readonly #retry: Alarm;
  #asking = false;
  #dropping = 0;
  #stopped = false;

  constructor(settings: readonly InstanceSettings[], deps: VirtualMacDeps) {
    this.#deps = deps;
    this.#kept = new Map(
      settings.flatMap((s) => {
        const { virtualMac: mac = null } = s;
        return mac === null ? [] : [[s.name, fresh(s, mac)]];
      }),
    );
    this.#retry = deps.alarms.alarm(() => {
      for (const kept of this.#kept.values()) kept.trouble = null;
      deps.refresh();
    });
  }

  /**
   * Other instances. An interface that is wanted as it is stays; one that is not is removed once `idle` says that no
   * address of ours is on it any more.
   */
  reconfigure(settings: readonly InstanceSettings[], idle: () => Promise<void>): void {
    const left = new Map([...this.#kept.values()].map((kept) => [madeFor(kept.settings, kept.mac), kept]));
    const kept = new Map<string, Kept>();
    for (const s of settings) {
      const { virtualMac: mac = null } = s;
      if (mac === null) continue;
      const key = madeFor(s, mac);
      const same = left.get(key);
      left.delete(key);
      if (same !== undefined && speaks(same.settings) !== speaks(s)) this.#openSender(same, null);
      if (same !== undefined) {
        // With the first IPv6 address it is set up in another way.
        if (wanted(same).family !== virtualMacFor(s, mac).family) same.settled = null;
        same.settings = s;
      }
      kept.set(s.name, same ?? fresh(s, mac));
    }
    this.#kept = kept;
    for (const gone of left.values()) this.#openSender(gone, null);
    if (left.size > 0) void this.#drop([...left.values()], idle);
  }

  /** Nothing is made meanwhile: the next one may have the same name. */
  async #drop(gone: readonly Kept[], idle: () => Promise<void>): Promise<void> {
    this.#dropping += 1;
    await idle();
    const results = await this.#macs((macs) => macs.remove(gone.map(wanted)), gone);
    this.#dropping -= 1;
    for (const failure of results) if (failure !== null) this.#deps.log?.error({ failure }, formatFailure(failure));
    if (!this.#stopped) this.#deps.refresh();
  }

  /** Why an instance has no virtual MAC, readable, or null; by the interface's name. */
  get troubles(): ReadonlyMap<string, string | null> {
    return new Map([...this.#kept.values()].map(({ mac, trouble }) => [mac.interface, trouble]));
  }

  /** Why this instance cannot serve with its virtual MAC; null where it can or has none. */
  trouble({ name }: InstanceSettings): string | null {
    return this.#kept.get(name)?.trouble ?? null;
  }

  /** Makes what is missing, and opens where adverts leave with the virtual MAC. */
  follow(links: readonly Link[]): void {
    if (this.#stopped) return;
    const missing: Kept[] = [];
    for (const kept of this.#kept.values()) {
      const parent = links.find((l) => l.name === kept.settings.interface);
      const link = links.find((l) => l.name === kept.mac.interface);
      const indexes = parent === undefined || link === undefined ? null : `${parent.index} ${link.index}`;
      const right = indexes !== null && link?.mac === kept.mac.mac && link.up;
      if (right && kept.made) kept.settled = indexes;
      kept.made = false;
      if (!right || kept.settled !== indexes) kept.settled = null;
      if (parent !== undefined && kept.settled === null && kept.trouble === null) missing.push(kept);
      this.#openSender(kept, kept.settled === null ? null : (link?.index ?? null));
    }
    if (missing.length > 0 && !this.#asking && this.#dropping === 0) void this.#ensure(missing);
  }

  /** Whether its interface is being made: no moment to judge the instance by what stands. */
  unsettled({ name }: InstanceSettings, links: readonly Link[]): boolean {
    const kept = this.#kept.get(name);
    if (kept === undefined || kept.settled !== null || kept.trouble !== null) return false;
    const parent = links.find((l) => l.name === kept.settings.interface);
    return parent?.up === true && parent.running;
  }

  /** What an instance speaks on, given the lan of its interface: adverts are heard there, whatever they are sent with. */
  lanOf({ name }: InstanceSettings, base: Lan | null): Lan | null {
    const kept = this.#kept.get(name);
    if (kept === undefined || kept.mac.adverts === 'base' || base === null) return base;
    if (kept.sender === null) return null;
    if (kept.lan?.base !== base) kept.lan = { base, joined: joined(kept.sender.sender, base) };
    return kept.lan.joined;
  }

  /** Removes all. Resolves when the kernel has done it. @returns what it refused, readable. */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true;
    this.#retry.close();
    const all = [...this.#kept.values()];
    for (const kept of all) this.#openSender(kept, null);
    const results = all.length === 0 ? [] : await this.#macs((macs) => macs.remove(all.map(wanted)), all);
    return results.flatMap((failure) => (failure === null ? [] : [formatFailure(failure)]));
  }

  async #ensure(missing: readonly Kept[]): Promise<void> {
    this.#asking = true;
    const results = await this.#macs((macs) => macs.ensure(missing.map(wanted)), missing);
    this.#asking = false;
    if (this.#stopped) return;
    for (const [i, kept] of missing.entries()) {
      const failure = results[i] ?? null;
      kept.made = failure === null;
      kept.trouble = failure === null ? null : `no virtual MAC: ${formatFailure(failure)}`;
    }
    if (missing.some((kept) => kept.trouble !== null)) this.#retry.set(after(this.#deps.clock.now(), RETRY_AFTER));
    this.#deps.refresh();
  }

  async #macs(
    ask: (macs: VirtualMacs) => Promise<readonly (Failure | null)[]>,
    about: readonly Kept[],
  ): Promise<readonly (Failure | null)[]> {
    const { virtualMacs } = this.#deps;
    const failed = (code: string) => about.map((kept) => ({ what: 'virtual-mac', code, detail: kept.mac.interface }));
    if (virtualMacs == null) return failed('not-wired');
    try {
      return await ask(virtualMacs);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  }

  /** Opens, closes, or opens anew when the interface has another index. */
  #openSender(kept: Kept, index: number | null): void {
    if (kept.sender !== null && kept.sender.index === index) return;
    kept.sender?.sender.close();
    kept.sender = null;
    kept.lan = null;
    if (index === null || kept.mac.adverts === 'base') return;
    const { settings, mac } = kept;
    const opened = this.#deps.lans.sender(mac.interface, [settings.vrrp], (failure) => {
      this.#deps.sendFailed(settings.name, failure);
      this.#openSender(kept, null);
      if (!this.#stopped) this.#retry.set(after(this.#deps.clock.now(), REOPEN_AFTER));
    });
    if ('code' in opened) {
      kept.trouble = `no adverts with the virtual MAC: ${formatFailure(opened)}`;
      this.#retry.set(after(this.#deps.clock.now(), RETRY_AFTER));
      return;
    }
    kept.sender = { index, sender: opened };
  }
}

const fresh = (settings: InstanceSettings, mac: VirtualMacSettings): Kept => ({
  settings,
  mac,
  settled: null,
  made: false,
  trouble: null,
  sender: null,
  lan: null,
});

/** What makes it another interface, or one that is spoken on in another way. */
const madeFor = (settings: InstanceSettings, mac: VirtualMacSettings): string =>
  `${mac.interface} ${settings.interface} ${mac.mac} ${mac.adverts}`;

/** What its sender was opened with. */
const speaks = ({ vrrp }: InstanceSettings): string => JSON.stringify([vrrp.version, vrrp.unicast]);

const wanted = ({ settings, mac }: Kept): VirtualMac => virtualMacFor(settings, mac);

/** The interface of an instance's virtual MAC. IPv6 is on there for the adverts, and for any excluded address as well. */
export function virtualMacFor(settings: InstanceSettings, { interface: name, mac }: VirtualMacSettings): VirtualMac {
  const { interface: parent, vrrp, addresses } = settings;
  const carries6 = addresses.some((a) => a.interface === name && familyOf(a.cidr.address) === 6);
  return { name, parent, mac, family: carries6 ? 6 : vrrp.family };
}

function joined(sender: Sender, base: Lan): Lan {
  return {
    send: (advert, source) => sender.send(advert, source),
    beat: (advert, source, rhythm, ended) => sender.beat?.(advert, source, rhythm, ended) ?? null,
    prepare: () => sender.prepare?.(),
    drain: (limit) => base.drain(limit),
    close: () => {},
  };
}

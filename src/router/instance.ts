import type { InstanceStatus } from '../core/status.js';
import type { trackId } from '../core/track/verdict.js';
import type { Advert, DropReason } from '../core/vrrp/advert.js';
import type { Verdict } from '../core/vrrp/conditions.js';
import type { Action, Event, Machine, State, Step } from '../core/vrrp/machine.js';
import { reconfigured, reconsidered } from '../core/vrrp/reconfigure.js';
import type { Announcer, Lan } from '../ports/lan.js';
import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import { after, between, type Duration, type Instant, micros } from '../values/time.js';
import { Chronicle, tellEntered } from './chronicle.js';
import { isExpired, whyClaim } from './claiming.js';
import { Drive, LATE } from './drive.js';
import { Fitness } from './fitness.js';
import { type FixedStatus, fixedStatus } from './fixed-status.js';
import { type Moved, SyncGroup } from './groups.js';
import type { InstanceDeps, InstanceEvent, Surroundings } from './instance-deps.js';
import { instanceReport } from './instance-report.js';
import { Lateness } from './lateness.js';
import { Later } from './later.js';
import { Neighbours } from './neighbours.js';
import { Reach } from './reach.js';
import { Retrial } from './retrial.js';
import type { InstanceSettings } from './settings.js';
import { Speaker } from './speaker.js';
import { Tenure } from './tenure.js';
import { Thefts } from './thefts.js';
import { Withdrawal } from './withdrawal.js';
import { type Gave, InstanceYield } from './yield.js';

/** What one look into the socket reads before a claim of mastership. */
const LOOK = 4096;

/** The shell of one virtual router: feeds the machine, carries out its actions. */
export class Instance implements Moved {
  settings: InstanceSettings;
  readonly #deps: InstanceDeps;
  readonly #drive: Drive;
  readonly #retrial: Retrial;
  readonly #neighbours: Neighbours;
  readonly #thefts: Thefts;
  readonly #later: Later;
  readonly #speaker: Speaker;
  readonly #tenure: Tenure;
  readonly #yield: InstanceYield;
  readonly #fitness: Fitness;
  #group: SyncGroup;
  #fixed: FixedStatus;
  readonly #reach: Reach;
  #verdict: Verdict = { kind: 'pending', reasons: ['starting'] };
  readonly #withdrawal: Withdrawal;
  #stopped = false;
  readonly #chronicle: Chronicle;
  readonly #lateness = new Lateness();

  /** @param group its sync group; alone without. */
  constructor(settings: InstanceSettings, deps: InstanceDeps, group: SyncGroup = new SyncGroup()) {
    this.settings = settings;
    this.#deps = deps;
    this.#group = group;
    group.join(this);
    this.#chronicle = new Chronicle(deps.wall());
    this.#retrial = new Retrial(deps, () => {
      this.#fitness.refuse(null);
      this.#weigh();
    });
    const changed = (what: string, reason: string | null) => deps.changed(this, { what, reason });
    this.#neighbours = new Neighbours(settings, { ...deps, changed });
    this.#fixed = fixedStatus(settings);
    this.#later = new Later(deps);
    this.#reach = new Reach(settings.name, deps.log);
    const told = (event: InstanceEvent | null) => deps.changed(this, event);
    this.#withdrawal = new Withdrawal(settings, { ...deps, told });
    this.#tenure = new Tenure(this.#withdrawal.present, { ...deps, told });
    this.#thefts = new Thefts(settings, { ...deps, told });
    this.#speaker = new Speaker(settings, deps.log);
    this.#drive = new Drive({
      alarms: deps.alarms,
      speaker: this.#speaker,
      lateness: this.#lateness,
      interval: settings.vrrp.interval,
      prepare: (until) => this.#group.prepare(until),
      due: () => this.#onAlarm(),
    });
    this.#fitness = new Fitness(settings, deps, () => this.#weigh());
    this.#yield = new InstanceYield(settings.name, { ...deps, changed: told });
  }

  /**
   * Other settings of the same virtual router. What can change while it runs does: its state and counters stay, and of
   * its adverts, timers and addresses only what is said otherwise now is touched.
   */
  reconfigure(settings: InstanceSettings): void {
    const { vrrp } = this.settings;
    const machine = this.machine;
    this.settings = settings;
    this.#fixed = fixedStatus(settings);
    this.#reach.follow(settings.name, settings.vrrp.unicast?.peers.map((peer) => peer.address) ?? []);
    this.#yield.rename(settings.name);
    for (const part of [this.#neighbours, this.#thefts, this.#fitness, this.#withdrawal]) part.follow(settings);
    this.#carry();
    if (JSON.stringify(vrrp) !== JSON.stringify(settings.vrrp)) {
      this.#speaker.follow(settings);
      this.#drive.renew(settings.vrrp.interval);
      this.adopt(reconfigured(vrrp, settings.vrrp, machine, this.#deps.clock.now()));
    }
    this.#weigh();
    // Who takes no part has no other priority than the one that it is given.
    if (this.state === 'init' || this.state === 'fault') this.adopt({ ...this.#drive.known, priority: 0 });
    this.#deps.changed(this, null);
  }

  /** Leaves its sync group, for another one or to be alone. */
  regroup(group: SyncGroup): void {
    if (group === this.#group) return;
    const now = this.#deps.clock.now();
    this.#group.leave(this, now);
    this.#group = group;
    group.join(this);
    this.adopt(reconsidered(this.machine, now));
    this.reweigh();
  }

  /** Its sync group. */
  get group(): SyncGroup {
    return this.#group;
  }

  /** Since when it is held BACKUP by `failover`, ISO 8601; null when it is not. */
  get heldSince(): string | null {
    return this.#yield.since;
  }

  get state(): State['kind'] {
    return this.#drive.known.state.kind;
  }

  get machine(): Machine {
    return this.#drive.caughtUp();
  }

  get glance(): Machine {
    return this.#drive.glance();
  }

  get ownVerdict(): Verdict {
    return this.#fitness.verdict;
  }

  prepare(until: Instant): void {
    this.#drive.lan?.prepare?.();
    this.#tenure.prepare(until);
  }

  drain(): void {
    this.#drive.lan?.drain(LOOK);
  }

  tellLater(call: () => void): void {
    this.#later.put(call);
    // A new master's addresses are on their way; see #hold.
    if (this.state !== 'master') this.#later.flush();
  }

  /** The lan it speaks on, null while the interface is not there; and where addresses are announced, by interface. */
  attach(lan: Lan | null, announcers: ReadonlyMap<string, Announcer>): void {
    this.#drive.speakOn(lan);
    this.#tenure.attach(announcers);
  }

  /** The interfaces or their addresses changed. */
  look(surroundings: Surroundings): void {
    this.#fitness.look(surroundings);
    this.#weigh();
    const fresh = this.#tenure.heldAt !== null && surroundings.readAt >= this.#tenure.heldAt;
    const missing = fresh && this.state === 'master' ? this.#tenure.missing(surroundings) : [];
    if (missing.length > 0) {
      const fight = this.#thefts.of(missing);
      if (fight === null) this.#feed({ kind: 'robbed' }, null);
      else this.#refuse(fight);
    }
    this.#tenure.check();
    if (this.state === 'backup') this.#tenure.foresee();
  }

  /** One of its routes or rules may be gone. */
  checkWays(): void {
    this.#tenure.check();
  }

  /** What the director says of a track, by its {@link trackId}, is another thing now. */
  track(track: string): void {
    if (this.#fitness.tracks(track)) this.#weigh();
    if (this.#withdrawal.look()) this.#carry();
  }

  /** Those of its addresses that it carries as master. */
  #carry(): void {
    const { state } = this.machine;
    // They may stand from before our start.
    const adopted = state.kind === 'init' || (state.kind === 'backup' && state.adopted);
    this.#tenure.follow(this.#withdrawal.present, adopted);
  }

  /** What it waits for before it takes part at all; empty to begin. */
  wait(waits: readonly string[]): void {
    this.#fitness.wait(waits);
    this.#weigh();
  }

  /** Standing reasons from outside to stay out; empty to take part again. */
  hold(reasons: readonly string[]): void {
    this.#fitness.hold(reasons);
    this.#weigh();
  }

  /** A well-formed advert for our VRID, which came `waited` ago. */
  advert(from: Ip, advert: Advert, waited: Duration = micros(0)): void {
    // Its master counts from when it came, so we do. What waited longer was left by a stall: the latest of it may be lost.
    const now = after(this.#deps.clock.now(), micros(-Math.min(waited, LATE)));
    if (this.#stopped || !this.#neighbours.believes(this.#drive.known.source, from, advert)) return;
    this.#chronicle.counters.received += 1;
    const before = this.state;
    this.#feed(
      { kind: 'advert', from, advert },
      `${this.#yield.since === null ? '' : 'failover by admin: '}heard ${from} with priority ${advert.priority}`,
      now,
    );
    const asMaster = before === 'master' && this.state === 'master';
    if (advert.priority > 0) this.#neighbours.heard(from, advert, asMaster, this.#chronicle.master, now);
    if (this.state === 'backup') this.#chronicle.master = advert.priority === 0 ? null : from;
  }

  /** A packet for our VRID that is no advert for us. */
  dropped(why: DropReason, from: Ip | null): void {
    if (!this.#stopped) this.#neighbours.dropped(why, from);
  }

  /** Somebody else on the network says that he has `address`. */
  contested(address: Ip, hardware: string): void {
    if (this.#stopped || this.state !== 'master' || this.#withdrawal.has(address)) return;
    // It may be a new master's announcement, which is read before its advert.
    this.#group.drain();
    if (this.state !== 'master' || this.#tenure.heldAt === null) return;
    if (this.#neighbours.contested(address, hardware, this.#tenure.heldAt)) this.#tenure.announce(1);
  }

  /** An advert was handed over, and the kernel refused it afterwards. */
  sendFailed(failure: Failure): void {
    this.#speaker.failed(failure);
  }

  /** Whether another router that is master was heard lately. */
  get hearsOther(): boolean {
    return this.#neighbours.hearsOther;
  }

  /** Gives mastership away until `resume`. Resolves with how that went; null where it was not master. */
  async yield(since: string): Promise<Gave | null> {
    if (this.#yield.since !== null) return null;
    const now = this.#deps.clock.now();
    return new Promise((resolve) => {
      this.#yield.held(since, now, this.state === 'master' ? resolve : null);
      this.#feed({ kind: 'yield' }, null);
      this.#deps.changed(this, null);
      if (this.state !== 'master') resolve(null);
    });
  }

  /** Takes part as before. */
  resume(): void {
    // Who slept may have been relieved meanwhile.
    this.#group.drain();
    this.#feed({ kind: 'resume' }, null);
    this.#deps.changed(this, null);
  }

  /** There is no route to a unicast peer, or there is one again (null). Told in the midst of a send: people can wait. */
  unreachable(peer: Ip, why: Failure | null): void {
    this.#later.put(() => {
      this.#reach.tell(peer, why);
      this.#deps.changed(this, null);
    });
  }

  /** Lets go (priority 0 when master) and takes part no more. */
  stop(): void {
    this.#stopped = true;
    this.#drive.stop();
    this.#feed({ kind: 'stop' }, 'stopped');
    this.#drive.close();
    this.#retrial.close();
    this.#fitness.close();
    this.#later.close();
    this.#neighbours.close();
    this.#tenure.close();
  }

  status(): InstanceStatus {
    return instanceReport(
      this,
      {
        fixed: this.#fixed,
        withdrawal: this.#withdrawal,
        yield: this.#yield,
        reach: this.#reach,
        tenure: this.#tenure,
        neighbours: this.#neighbours,
        speaker: this.#speaker,
        lateness: this.#lateness,
      },
      {
        chronicle: this.#chronicle,
        verdict: this.#verdict,
        now: this.#deps.clock.now(),
      },
    );
  }

  #weigh(): void {
    if (this.#stopped || this.#fitness.surroundings === null) return;
    const changed = this.#fitness.weigh();
    this.reweigh();
    if (changed) this.#group.reweigh(this);
  }

  /** Its own verdict, or its group's, is the machine's. */
  reweigh(): void {
    const { surroundings } = this.#fitness;
    if (this.#stopped || surroundings === null) return;
    const before = this.#verdict;
    const verdict = this.#group.verdict(this);
    this.#verdict = verdict;
    const reason = verdict.reasons.join('; ') || null;
    if (verdict.kind === 'fault') this.#feed({ kind: 'fault', silent: verdict.silent }, reason);
    if (verdict.kind === 'ready') {
      const present = surroundings.standing.size > 0;
      const { priority } = verdict;
      this.#feed({ kind: 'ready', priority, source: verdict.source, present }, reason ?? 'ready');
    }
    if (before.reasons.join() !== verdict.reasons.join()) this.#deps.changed(this, null);
  }

  #onAlarm(): void {
    const { state } = this.machine;
    // A stalled process finds the living master's adverts in the socket: they are heard before any claim.
    if (state.kind === 'backup') this.#group.drain();
    if (state.kind === 'master' && between(state.advertAt, this.#deps.clock.now()) > LATE) this.#group.drain();
    this.#feed({ kind: 'timer' }, whyClaim(this.#drive.known.state));
  }

  #feed(event: Event, reason: string | null, now: Instant = this.#deps.clock.now()): void {
    this.#group.feed(this, event, reason, now);
  }

  adopt(machine: Machine): Machine {
    return this.#drive.adopt(machine);
  }

  carryOut(step: Step, { state: before }: Machine, event: Event, reason: string | null, now: Instant): void {
    const { machine, actions } = step;
    // Who gives mastership away is silent on purpose.
    if (event.kind === 'timer' && before.kind === 'master' && before.yieldBy === null && actions.length > 0)
      if (now >= before.advertAt) this.#lateness.measure(before.advertAt, now);
    for (const action of actions) this.#act(action, now);
    this.#yield.follow(event, before, machine, now);
    if (this.#yield.lonely) this.#chronicle.master = null;
    if (machine.state.kind !== before.kind) this.#entered(before.kind, machine.state.kind, reason);
    else if (isExpired(machine.state) !== isExpired(before)) this.#deps.changed(this, null);
  }

  #entered(from: State['kind'], to: State['kind'], reason: string | null): void {
    this.#chronicle.entered(to, this.#deps.wall());
    const { name: instance, priority: own } = this.settings;
    const priority = this.#drive.known.priority === 0 ? own : this.#drive.known.priority;
    this.tellLater(() =>
      this.#deps.changed(this, tellEntered({ instance, from, to, reason, priority }, this.#deps.log)),
    );
  }

  /** The table of actions: typed over their kinds, a missing one does not compile. */
  readonly #table: { readonly [K in Action['kind']]: (action: Action & { kind: K }, now: Instant) => void } = {
    send: (action) => this.#send(action.priority),
    hold: (action) => this.#hold(action.term),
    release: () => this.#tenure.release(),
    announce: (action) => this.#tenure.announce(action.times),
  };

  #act<A extends Action>(action: A, now: Instant): void {
    const run = this.#table[action.kind] as (action: A, now: Instant) => void;
    run(action, now);
  }

  #send(priority: number): void {
    const { lan, known } = this.#drive;
    if (lan === null || known.source === null) return;
    const refusal = this.#speaker.send(lan, priority, known.source);
    if (refusal !== null) this.#refuse(refusal);
  }

  #hold(term: number): void {
    this.#tenure.hold((refusal) => {
      if (refusal === null) {
        this.#feed({ kind: 'held', term }, null);
        this.#later.flush();
        return;
      }
      const { state } = this.#drive.known;
      if (state.kind === 'master' && state.term === term) this.#refuse(refusal);
    });
  }

  /** Something that only time can mend: fault, and another try later. */
  #refuse(refusal: string): void {
    this.#fitness.refuse(refusal);
    this.#retrial.later();
    this.#weigh();
  }
}

import type { Known } from '../core/ipvs/quorum.js';
import { nextRise, rampAt } from '../core/ipvs/ramp.js';
import { policyOf, type ServerSpec, type ServiceSpec } from '../core/ipvs/spec.js';
import { fullWeight, presumed } from '../core/ipvs/weight.js';
import type { Alarm, Alarms, Clock } from '../ports/clock.js';
import { after, between, type Duration, type Instant } from '../values/time.js';
import type { ServiceModel } from './model.js';

export interface SlowStartDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** The weights of these services rise now. */
  readonly rise: (services: readonly ServiceModel[]) => void;
}

/** Whether a server takes new connections; `open`: no verdict yet. */
type Share = 'none' | 'open' | 'some';

interface Rising {
  readonly service: ServiceModel;
  readonly since: Instant;
  readonly whole: Duration;
}

/**
 * Servers that return: after they had no share (down, drained, disabled, weight 0) theirs rises in steps. One that is
 * seen for the first time has its whole weight, so that a start of the daemon changes nothing for servers that serve.
 */
export class SlowStart {
  readonly #deps: SlowStartDeps;
  readonly #alarm: Alarm;
  readonly #shares = new Map<string, Share>();
  readonly #rising = new Map<string, Rising>();

  constructor(deps: SlowStartDeps) {
    this.#deps = deps;
    this.#alarm = deps.alarms.alarm(() => this.#step());
  }

  /** The part of its weight that a server has now. */
  ramp(row: string): number {
    const rising = this.#rising.get(row);
    return rising === undefined ? 1 : rampAt(between(rising.since, this.#deps.clock.now()), rising.whole);
  }

  /** Health or overrides of a service's servers may have changed. */
  look(service: ServiceModel, known: Known): void {
    const { slowStart } = policyOf(service.spec);
    if (slowStart === 0) return;
    for (const { spec } of service.servers) this.#see(service, spec, shareOf(spec, service.spec, known), slowStart);
    this.#arm();
  }

  /** These are all servers that there are now: what is known of others is forgotten. */
  keepOnly(services: readonly ServiceModel[]): void {
    if (this.#shares.size + this.#rising.size === 0) return;
    const known = new Map(services.flatMap((service) => service.servers.map(({ row }) => [row, service] as const)));
    for (const row of this.#shares.keys()) if (!known.has(row)) this.#shares.delete(row);
    for (const [row, rising] of [...this.#rising]) {
      const service = known.get(row);
      const whole = service === undefined ? 0 : policyOf(service.spec).slowStart;
      if (service === undefined || whole === 0) this.#rising.delete(row);
      else this.#rising.set(row, { ...rising, service, whole: whole as Duration });
    }
    this.#arm();
  }

  stop(): void {
    this.#alarm.close();
  }

  #see(service: ServiceModel, { row }: ServerSpec, share: Share, whole: Duration): void {
    const before = this.#shares.get(row);
    if (share === before) return;
    this.#shares.set(row, share);
    if (share !== 'some') this.#rising.delete(row);
    else if (before === 'none') this.#rising.set(row, { service, since: this.#deps.clock.now(), whole });
  }

  #step(): void {
    const now = this.#deps.clock.now();
    const services = new Set<ServiceModel>();
    for (const [row, { service, since, whole }] of [...this.#rising]) {
      services.add(service);
      if (between(since, now) >= whole) this.#rising.delete(row);
    }
    this.#arm();
    if (services.size > 0) this.#deps.rise([...services]);
  }

  #arm(): void {
    const now = this.#deps.clock.now();
    let next: Instant | null = null;
    for (const { since, whole } of this.#rising.values()) {
      const rise = nextRise(between(since, now), whole);
      const at = after(since, rise ?? whole);
      if (next === null || at < next) next = at;
    }
    if (next === null) this.#alarm.clear();
    else this.#alarm.set(next);
  }
}

function shareOf(spec: ServerSpec, service: ServiceSpec, known: Known): Share {
  if (known.admin(spec.row) !== 'ready') return 'none';
  const health = presumed({ health: known.health(spec.row), policy: policyOf(service) });
  if (health === 'unknown') return 'open';
  const override = known.override?.(spec.row) ?? null;
  const weight = fullWeight(spec, { override, advised: known.advised?.(spec.row) ?? null });
  return health === 'down' || weight === 0 ? 'none' : 'some';
}

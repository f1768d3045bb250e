import { type Advice, advisedWeight, downBy, formatAdvice, heed, SILENT } from '../core/ipvs/advice.js';
import type { AgentStatus } from '../core/status.js';
import type { Alarms, Clock } from '../ports/clock.js';
import type { StartProbe } from '../probe/probe.js';
import { millis } from '../values/time.js';
import { type Checked, Checks } from './checks.js';
import type { ServerModel, ServiceModel } from './model.js';

/** One server in one service. */
export interface Advised {
  readonly service: ServiceModel;
  readonly server: ServerModel;
}

export interface AdvicesDeps {
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** The wall clock as ISO 8601, for people only. */
  readonly wall: () => string;
  readonly start: StartProbe;
  /** An agent has answered. */
  readonly answered: (checked: Checked) => void;
  /** Agents have been asked for the first time, whether they answered or not: these services may have waited for that. */
  readonly asked: (services: readonly ServiceModel[]) => void;
  readonly troubled: (checked: Checked) => void;
}

/** How long the servers of a start wait for the first word of their agents, beside the time that an answer takes. */
const FIRST = millis(1_000);

/** What holds of one server by advice, and since when, ISO 8601. */
interface Heeded {
  readonly advice: Advice;
  readonly since: string;
}

/**
 * What agents, and checks that know weights, advise about servers. It is kept by row, so that a reload which changes how
 * an agent is asked does not forget what it said. It does not outlive this process: what was there when this one came stays
 * as it was found until its agent has been asked.
 */
export class Advices {
  readonly #deps: AdvicesDeps;
  readonly #agents: Checks;
  readonly #byAgent = new Map<string, Advised[]>();
  /** The agents of a start that have not been asked yet; null before it. */
  #unasked: Set<string> | null = null;
  /** The servers that may be advised about. */
  readonly #rows = new Map<string, ServerModel>();
  readonly #ofAgents = new Map<string, Heeded>();
  readonly #ofChecks = new Map<string, Heeded>();

  constructor(deps: AdvicesDeps) {
    this.#deps = deps;
    this.#agents = new Checks({
      ...deps,
      within: FIRST,
      // A verdict about an agent means nothing: one that is dead changes nothing.
      changed: (checked) => this.#asked(checked),
      advised: (checked) => this.#asked(checked, deps.answered),
      troubled: (checked) => this.#asked(checked, deps.troubled),
    });
  }

  /** Some services go, others come. */
  follow(gone: readonly ServiceModel[], come: readonly ServiceModel[]): void {
    for (const service of gone) for (const server of service.servers) this.#forget({ service, server });
    for (const service of come) for (const server of service.servers) this.#index({ service, server });
    for (const row of this.#ofAgents.keys())
      if ((this.#rows.get(row)?.agent ?? null) === null) this.#ofAgents.delete(row);
    for (const row of this.#ofChecks.keys()) if (!advises(this.#rows.get(row))) this.#ofChecks.delete(row);
    this.#agents.keepOnly(this.#byAgent);
    // Servers that a reload gives an agent serve already.
    this.#unasked ??= new Set(this.#byAgent.keys());
    for (const id of this.#unasked) if (!this.#byAgent.has(id)) this.#unasked.delete(id);
  }

  #asked(agent: Checked, tell: (agent: Checked) => void = () => {}): void {
    const first = this.#unasked?.delete(agent.model.id) ?? false;
    tell(agent);
    if (first) this.#deps.asked([...new Set(this.using(agent).map(({ service }) => service))]);
  }

  /** Whether a server that was there at our start waits for the first word of its agent. */
  unasked(row: string): boolean {
    const agent = this.#rows.get(row)?.agent ?? null;
    return agent !== null && this.#unasked?.has(agent.id) === true;
  }

  /** Whether its check may say something about its weight. */
  byCheck(row: string): boolean {
    return advises(this.#rows.get(row));
  }

  #index(advised: Advised): void {
    const { row, agent } = advised.server;
    if (agent === null && !advises(advised.server)) return;
    this.#rows.set(row, advised.server);
    if (agent === null) return;
    const users = this.#byAgent.get(agent.id);
    if (users === undefined) this.#byAgent.set(agent.id, [advised]);
    else users.push(advised);
    this.#agents.add(agent);
  }

  #forget({ service, server: { row, agent } }: Advised): void {
    this.#rows.delete(row);
    if (agent === null) return;
    const users = (this.#byAgent.get(agent.id) ?? []).filter((user) => user.service !== service);
    if (users.length > 0) this.#byAgent.set(agent.id, users);
    else this.#byAgent.delete(agent.id);
  }

  /** The servers that this agent speaks for. */
  using(agent: Checked): readonly Advised[] {
    return this.#byAgent.get(agent.model.id) ?? [];
  }

  /** An agent, or a check of this server, has said something. @returns whether anything changed by it. */
  heed(server: ServerModel, by: 'agent' | 'check', said: Advice): boolean {
    const all = by === 'agent' ? this.#ofAgents : this.#ofChecks;
    const before = all.get(server.row)?.advice ?? SILENT;
    const advice = heed(before, said);
    if (advice === before) return false;
    all.set(server.row, { advice, since: this.#deps.wall() });
    return true;
  }

  /** The weight that is advised; null where none is. */
  weight(row: string): number | null {
    const [check, agent] = [this.#ofChecks.get(row), this.#ofAgents.get(row)];
    const configured = this.#rows.get(row)?.spec.settings.weight;
    if (configured === undefined || (check === undefined && agent === undefined)) return null;
    return advisedWeight(configured, check?.advice ?? SILENT, agent?.advice ?? SILENT);
  }

  /** Why a server is down by its agent, and since when; null where it is not. */
  down(row: string): { readonly why: string; readonly since: string } | null {
    const heeded = this.#ofAgents.get(row);
    const why = heeded === undefined ? null : downBy(heeded.advice);
    return heeded === undefined || why === null ? null : { why, since: heeded.since };
  }

  /** What administrators of the server want by its agent or check: ready, drain, maint; null where they said nothing. */
  mode(row: string): Advice['mode'] {
    return this.#ofAgents.get(row)?.advice.mode ?? this.#ofChecks.get(row)?.advice.mode ?? null;
  }

  /** For status; null where the server has no agent. */
  status(server: ServerModel): AgentStatus | null {
    if (server.agent === null) return null;
    const last = this.#agents.get(server.agent.id)?.last ?? null;
    const heeded = this.#ofAgents.get(server.row);
    const { address, port } = server.agent.probe.target;
    return {
      address: `${address.includes(':') ? `[${address}]` : address}:${port}`,
      says: heeded === undefined ? null : formatAdvice(heeded.advice),
      since: heeded?.since ?? null,
      ignored: last?.found?.ignored ?? null,
      lastAnswer: last === null ? null : { ok: last.ok, milliseconds: last.micros / 1_000, reason: last.reason },
    };
  }

  /** Agents that cannot be asked on this machine, for the problems in status. */
  get agents(): Checks {
    return this.#agents;
  }

  /** Ends every attempt. */
  stop(): void {
    this.#agents.stop();
  }
}

/** Whether the check of a server may say something about its weight. */
function advises(server: ServerModel | undefined): boolean {
  const probe = server?.check?.probe;
  return probe?.kind === 'file' || (probe?.kind === 'script' && probe.dynamic);
}

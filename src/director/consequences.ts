import { trackId } from '../core/track/verdict.js';
import { heedAdvice } from './advice-news.js';
import type { Checked } from './checks.js';
import type { DirectorDeps } from './director-deps.js';
import type { Events, Happening } from './events.js';
import type { ServiceModel } from './model.js';
import { whyDown } from './quorum.js';
import type { QuorumCommands } from './quorum-commands.js';
import type { Reconciler } from './reconciler.js';
import type { State } from './state.js';
import type { Tracks } from './tracks/tracks.js';

export interface ConsequencesDeps extends Pick<DirectorDeps, 'channel' | 'log' | 'wall'> {
  readonly events: Events;
  readonly tracks: Tracks;
  readonly quorums: QuorumCommands;
}

/**
 * What follows from a verdict, an advice, or a word of the administrator: rows of the kernel's table, tracks of the
 * router's instances, commands of quorums, a line of the log, an event. Before there are services nothing does, save
 * for the tracks.
 */
export class Consequences {
  readonly #deps: ConsequencesDeps;
  #state: State | null = null;
  #reconciler: Reconciler | null = null;

  constructor(deps: ConsequencesDeps) {
    this.#deps = deps;
  }

  /** There are services now. */
  of(state: State): void {
    this.#state = state;
    this.services();
  }

  /** There is a table for them now. */
  in(reconciler: Reconciler): void {
    this.#reconciler = reconciler;
  }

  /** All services may be others than before. */
  services(): void {
    if (this.#state === null) return;
    this.#deps.tracks.services(this.#state);
    this.quorums();
  }

  /** A server is up or down by its checks. */
  verdict(checked: Checked): void {
    if (this.#state === null) return;
    for (const happening of this.#state.verdict(checked)) this.tell(happening);
    this.#deps.tracks.services(this.#state);
    this.changed(this.#state.using(checked));
  }

  /** A script's exit status or an agent's line says something about a weight, or more. */
  advised(checked: Checked, by: 'agent' | 'check'): void {
    if (this.#state === null) return;
    const { happenings, services } = heedAdvice(this.#state, checked, by, this.#deps.wall);
    for (const happening of happenings) this.tell(happening);
    if (services.length === 0) return;
    if (happenings.length > 0) this.#deps.tracks.services(this.#state);
    this.changed(services);
  }

  /** Agents of these services have been asked for the first time: what waited for that need not any more. */
  asked(services: readonly ServiceModel[]): void {
    if (this.#state === null) return;
    for (const happening of this.#state.recount(services)) this.tell(happening);
    this.changed(services);
  }

  /** A check cannot run, or runs again. */
  troubled({ model, trouble }: Checked): void {
    const fields = { server: `${model.probe.target.address}:${model.probe.target.port}` };
    if (trouble === null) this.#deps.log.info(fields, 'check runs again');
    else this.#deps.log.error(fields, `check cannot run, so it counts for nothing: ${trouble}`);
  }

  /** A tracked script has another verdict. */
  script(name: string, up: boolean, reason: string | null): void {
    this.#deps.channel.send({ kind: 'track', track: trackId({ kind: 'script', name }), up, reason });
    this.tell({ time: this.#deps.wall(), subject: 'script', name, what: up ? 'up' : 'down', reason });
    this.#deps.tracks.script(name, { up, reason });
  }

  /** Rows of these services may be others than before. */
  changed(services: readonly ServiceModel[]): void {
    void this.#reconciler?.changed(services.flatMap((service) => service.spec.keys));
  }

  /** To the log and the events, and where a service is up or down to those who depend on it. */
  tell(happening: Happening): void {
    const { subject, name, what, reason } = happening;
    const sentence = `${subject} ${name}: ${what}${reason === null ? '' : ` (${reason})`}`;
    // Not as `name`: that is the process's in every line of the log.
    this.#deps.log[what === 'down' ? 'warn' : 'info']({ [subject]: name, what, reason }, sentence);
    this.#deps.events.add(happening);
    // An administrator's drain can take a service down as well as a check.
    if (subject !== 'service' || this.#state === null) return;
    this.#deps.tracks.services(this.#state);
    this.quorums(name);
  }

  /** To the commands of all services, or of one. @param ending their rows leave the table, and nothing comes after that. */
  quorums(only: string | null = null, ending = false): void {
    const state = this.#state;
    for (const { name, spec } of state?.services ?? []) {
      if (state === null || (only !== null && name !== only) || !this.#deps.quorums.has(name)) continue;
      const quorum = ending ? 'down' : state.quorum(spec);
      const why = ending ? 'directord stops' : whyDown(spec, state);
      this.#deps.quorums.look({ name, keys: spec.keys, quorum, reason: quorum === 'down' ? why : null });
    }
  }
}

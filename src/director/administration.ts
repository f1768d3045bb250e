import type {
  By,
  ControlService,
  Outcome,
  Refused,
  ServerSelector,
  TouchedServer,
  YieldReport,
} from '../control/service.js';
import { refusalByHash } from '../core/ipvs/hashing.js';
import { policyOf } from '../core/ipvs/spec.js';
import type { StatusReport } from '../core/status.js';
import { parseServerId, rowId, type ServerKey, type ServiceKey, serverId, serviceId } from '../values/service-key.js';
import { millis } from '../values/time.js';
import type { Events, Happening } from './events.js';
import { describe, edited, mistaken, type OverrideVerb, remains, takesBack, takesOut } from './override-verbs.js';
import type { Asked, Overrides } from './overrides.js';
import { whyDown } from './quorum.js';
import type { Reconciler } from './reconciler.js';
import type { Reload } from './reload.js';
import { Rows } from './report.js';
import { type Selected, select } from './select.js';
import type { State } from './state.js';
import { forgotten, touched } from './touched.js';
import type { Yields } from './yields.js';

export interface AdministrationDeps {
  readonly state: State;
  readonly reload: Reload;
  readonly overrides: Overrides;
  readonly reconciler: Reconciler;
  readonly events: Events;
  readonly yields: Yields;
  /** Logs it and adds it to the events. */
  readonly tell: (happening: Happening) => void;
  readonly wall: () => string;
  /** Where overrides are stored, for messages. */
  readonly place: string;
  /** Asks the router for its instances as they are now. */
  readonly ask: () => Promise<void>;
  readonly status: () => StatusReport;
  /** Whether persistence templates still lead clients to a drained server. */
  readonly templatesLead: () => boolean;
}

type Touched = Outcome<readonly TouchedServer[]>;

/** What a verb answers with may be so old: polling clients share one dump of the table. */
const AGE = millis(200);

/** The verbs of the control socket. */
export class Administration implements ControlService {
  readonly #deps: AdministrationDeps;

  constructor(deps: AdministrationDeps) {
    this.#deps = deps;
  }

  async status(): Promise<StatusReport> {
    await Promise.all([this.#deps.reconciler.fresh(AGE), this.#deps.ask()]);
    return this.#deps.status();
  }

  async servers(selector: ServerSelector): Promise<Touched> {
    const chosen = select(this.#deps.state.services, selector);
    if (!chosen.ok) return chosen;
    await this.#deps.reconciler.fresh(AGE, keysOf(chosen.value));
    return { ok: true, value: this.#touched(chosen.value) };
  }

  drain(selector: ServerSelector, by: By = null): Promise<Touched> {
    return this.#override(selector, { verb: 'drain' }, by);
  }

  undrain(selector: ServerSelector, by: By = null): Promise<Touched> {
    return this.#override(selector, { verb: 'undrain' }, by);
  }

  weight(selector: ServerSelector, weight: number | null, by: By = null): Promise<Touched> {
    return this.#override(selector, { verb: 'weight', value: weight }, by);
  }

  disable(selector: ServerSelector, by: By = null, insteadOfDrain = false): Promise<Touched> {
    return this.#override(selector, { verb: 'disable', insteadOfDrain }, by);
  }

  enable(selector: ServerSelector, by: By = null): Promise<Touched> {
    return this.#override(selector, { verb: 'enable' }, by);
  }

  failover(instance: string): Promise<Outcome<YieldReport>> {
    return this.#deps.yields.failover(instance);
  }

  resume(instance: string): Promise<Outcome<YieldReport>> {
    return this.#deps.yields.resume(instance);
  }

  reload: ControlService['reload'] = (dryRun, problem) => this.#deps.reload.run(dryRun, problem);

  subscribe: ControlService['subscribe'] = (listener) => this.#deps.events.subscribe(listener);

  recent: ControlService['recent'] = (count) => this.#deps.events.recent(count);

  async #override(selector: ServerSelector, verb: OverrideVerb, by: By, again = false): Promise<Touched> {
    const { state, reconciler, wall } = this.#deps;
    const { services } = state;
    const chosen = select(services, selector);
    if (!chosen.ok)
      return takesBack(verb) ? this.#forget(selector, verb, by, chosen) : this.#explained(chosen, selector);
    const rows = chosen.value.map(({ server }) => server.row);
    // As the advice needs it, so that it is about the same servers.
    const called =
      selector.service === undefined ? selector.address : `${selector.address} --service ${selector.service}`;
    const mistake = mistaken(
      rows.map((row) => state.given(row)),
      verb,
      called,
    );
    if (mistake !== null && !again) {
      return { ok: false, code: verb.verb === 'enable' ? 'not-disabled' : 'not-drained', message: mistake };
    }
    const asked = { since: wall(), by };
    const changing = chosen.value.filter(({ server }) => {
      const was = state.given(server.row);
      return edited(was, verb, asked) !== was;
    });
    const refused = await this.#store(
      changing.map(({ server }) => server.row),
      verb,
      asked,
    );
    if (refused !== null) return refused;
    for (const { service, server } of changing) this.#tell(`${service.name} ${server.address}`, verb, by, null);
    for (const h of state.recount(state.owners(changing.map(({ server }) => server.row)))) this.#deps.tell(h);
    // A reload came in between: what was chosen may have moved, and is chosen anew.
    if (state.services !== services) return this.#override(selector, verb, by, true);
    const keys = keysOf(chosen.value);
    await reconciler.changed(keys);
    await reconciler.fresh(AGE, keys);
    if (state.services !== services) return this.#override(selector, verb, by, true);
    if (!this.#agrees(chosen.value)) return this.#notYet(describe(verb), chosen.value);
    const noted = this.#touched(chosen.value).map((row, i) => {
      const hash = row.admin === 'drain' ? refusalByHash(chosen.value[i]?.service.spec.settings) : null;
      const { service } = chosen.value[i] as Selected;
      const down =
        takesOut(verb) && !state.serving(service).up
          ? `${service.name} is down: ${whyDown(service.spec, state)}`
          : null;
      const notes = [remains(state.given(rows[i] ?? ''), verb, called), hash, down].filter((n) => n !== null);
      return notes.length === 0 ? row : { ...row, note: notes.join('; ') };
    });
    // Who takes it back everywhere means those that left the configuration, too.
    const left =
      takesBack(verb) && selector.service === undefined ? await this.#forget(selector, verb, by, null) : null;
    if (left?.ok === false) return left;
    return { ok: true, value: [...noted, ...(left?.value ?? [])] };
  }

  #tell(name: string, verb: OverrideVerb, by: By, why: string | null): void {
    const reason = [...(why === null ? [] : [why]), ...(by === null ? [] : [`by ${by}`])].join('; ');
    const what = describe(verb);
    this.#deps.tell({ time: this.#deps.wall(), subject: 'admin', name, what, reason: reason === '' ? null : reason });
  }

  /** @returns why it could not be stored; then nothing has changed. */
  async #store(rows: readonly string[], verb: OverrideVerb, asked: Asked): Promise<Refused | null> {
    if (rows.length === 0) return null;
    const { overrides, place } = this.#deps;
    try {
      await overrides.change(rows, (was) => edited(was, verb, asked));
      return null;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `nothing was changed: ${describe(verb)} cannot be stored in ${place}: ${why}`;
      return { ok: false, code: 'state', message };
    }
  }

  /** Takes an override back whose server is not in the configuration any more. */
  async #forget(selector: ServerSelector, verb: OverrideVerb, by: By, refused: Refused | null): Promise<Touched> {
    const { overrides, state, wall } = this.#deps;
    const asked = { since: wall(), by };
    const named = state.services.find((service) => service.name === selector.service);
    const ids = new Set([selector.service, ...(named?.spec.keys ?? []).map(serviceId)]);
    const rows = staleRows(state, overrides).filter(({ row, service, server }) => {
      const called = server === selector.address || parseServerId(server)?.address === selector.address;
      const was = overrides.get(row);
      const wanted = selector.service === undefined || ids.has(service);
      return called && wanted && edited(was, verb, asked) !== was;
    });
    if (rows.length === 0) return refused ?? { ok: true, value: [] };
    const failed = await this.#store(
      rows.map((r) => r.row),
      verb,
      asked,
    );
    if (failed !== null) return failed;
    return {
      ok: true,
      value: rows.map(({ service, server }) => {
        this.#tell(`${service} ${server}`, verb, by, 'it is not in the configuration any more');
        return forgotten(service, server);
      }),
    };
  }

  /** What else it may be that was named. */
  #explained(refused: Refused, { address }: ServerSelector): Refused {
    const sorry = this.#deps.state.services.find(({ spec }) => {
      const { sorry: key } = policyOf(spec);
      return key !== null && [serverId(key.key), key.key.address].includes(address);
    });
    if (sorry === undefined) return refused;
    return { ...refused, message: `${address} is the sorry server of ${sorry.name}: verbs are about its servers` };
  }

  /** Whether the kernel's rows of these servers are as they should be. */
  #agrees(chosen: readonly Selected[]): boolean {
    const { reconciler, state } = this.#deps;
    if (!reconciler.readable) return false;
    const wanted = new Map(state.desired(reconciler.actual).flatMap((d) => d.servers.map((s) => weightOf(d.key, s))));
    const standing = new Map(
      reconciler.actual.flatMap((a) =>
        a.servers.map((s) => weightOf(a.key, { key: s.key, settings: { weight: s.weight } })),
      ),
    );
    return chosen.every(({ server }) => server.rows.every((row) => standing.get(row) === wanted.get(row)));
  }

  #notYet(what: string, chosen: readonly Selected[]): Refused {
    const problem = this.#deps.reconciler.problems[0] ?? 'somebody else changes it at the same time';
    const which = chosen.map(({ server }) => server.address).join(', ');
    const message = `${what} of ${which} is stored, but the kernel's table could not be changed yet, and is tried again: ${problem}`;
    return { ok: false, code: 'table', message };
  }

  #touched(chosen: readonly Selected[]): readonly TouchedServer[] {
    const { reconciler, state, templatesLead } = this.#deps;
    const rows = new Rows(reconciler.actual);
    return chosen.map((each) => touched(each, state, rows, templatesLead()));
  }
}

const weightOf = (service: ServiceKey, server: { key: ServerKey; settings: { weight: number } }) =>
  [rowId(service, server.key), server.settings.weight] as const;

/** The services of some servers, as the kernel knows them. */
const keysOf = (chosen: readonly Selected[]): readonly ServiceKey[] =>
  [...new Set(chosen.map(({ service }) => service))].flatMap((service) => service.spec.keys);

/** Overrides of servers that are not in the configuration. */
export function staleRows(state: State, overrides: Overrides): { row: string; service: string; server: string }[] {
  const known = new Set(state.services.flatMap((s) => s.servers.map((each) => each.row)));
  return [...overrides.rows()]
    .filter((row) => !known.has(row))
    .map((row) => {
      const [service = '', server = ''] = row.split(' ');
      return { row, service, server };
    });
}

import type {
  ControlService,
  Outcome,
  Refused,
  ServerSelector,
  TouchedServer,
  YieldReport,
} from '../control/service.js';
import { serverId, serviceId } from '../core/ipvs/table.js';
import type { StatusReport } from '../core/status.js';
import { millis } from '../values/time.js';
import type { Events, Happening } from './events.js';
import type { Overrides } from './overrides.js';
import type { Reconciler } from './reconciler.js';
import { Rows, touched } from './report.js';
import { type Selected, select } from './select.js';
import type { State } from './state.js';
import type { Yields } from './yields.js';

export interface AdministrationDeps {
  readonly state: State;
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
}

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

  async servers(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>> {
    const chosen = select(this.#deps.state.services, selector);
    if (!chosen.ok) return chosen;
    await this.#deps.reconciler.fresh(AGE);
    return { ok: true, value: this.#touched(chosen.value) };
  }

  drain(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>> {
    return this.#override(selector, 'drain');
  }

  undrain(selector: ServerSelector): Promise<Outcome<readonly TouchedServer[]>> {
    return this.#override(selector, 'undrain');
  }

  failover(instance: string): Promise<Outcome<YieldReport>> {
    return this.#deps.yields.failover(instance);
  }

  resume(instance: string): Promise<Outcome<YieldReport>> {
    return this.#deps.yields.resume(instance);
  }

  subscribe: ControlService['subscribe'] = (listener) => this.#deps.events.subscribe(listener);

  recent: ControlService['recent'] = (count) => this.#deps.events.recent(count);

  async #override(selector: ServerSelector, what: 'drain' | 'undrain'): Promise<Outcome<readonly TouchedServer[]>> {
    const { state, reconciler } = this.#deps;
    const chosen = select(state.services, selector);
    if (!chosen.ok) return what === 'undrain' ? this.#forget(selector, chosen) : chosen;
    const admin = what === 'drain' ? 'drain' : 'ready';
    const changing = chosen.value.filter(({ server }) => state.admin(server.row) !== admin);
    const refused = await this.#store(
      changing.map(({ server }) => server.row),
      what,
    );
    if (refused !== null) return refused;
    const time = this.#deps.wall();
    for (const { service, server } of changing) {
      this.#deps.tell({ time, subject: 'admin', name: `${service.name} ${server.address}`, what, reason: null });
    }
    for (const h of state.recount([...new Set(changing.map((c) => c.service))])) this.#deps.tell(h);
    await reconciler.changed();
    await reconciler.fresh(AGE);
    return this.#agrees(chosen.value)
      ? { ok: true, value: this.#touched(chosen.value) }
      : this.#notYet(what, chosen.value);
  }

  /** @returns why it could not be stored; then nothing has changed. */
  async #store(rows: readonly string[], what: 'drain' | 'undrain'): Promise<Refused | null> {
    if (rows.length === 0) return null;
    const { overrides, wall, place } = this.#deps;
    try {
      await overrides.set(rows, what === 'drain' ? { admin: 'drain', since: wall() } : null);
      return null;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { ok: false, code: 'state', message: `nothing was changed: ${what} cannot be stored in ${place}: ${why}` };
    }
  }

  /** Takes an override back whose server is not in the configuration any more. */
  async #forget(selector: ServerSelector, refused: Refused): Promise<Outcome<readonly TouchedServer[]>> {
    const rows = staleRows(this.#deps.state, this.#deps.overrides).filter(({ service, server }) => {
      const named = server === selector.address || server.startsWith(`${selector.address}:`);
      return named && (selector.service === undefined || selector.service === service);
    });
    if (rows.length === 0) return refused;
    const failed = await this.#store(
      rows.map((r) => r.row),
      'undrain',
    );
    if (failed !== null) return failed;
    const reason = 'it is not in the configuration any more';
    const gone = { admin: 'ready', weight: 0, effectiveWeight: null } as const;
    const none = { activeConnections: 0, inactiveConnections: 0, persistentConnections: 0 };
    return {
      ok: true,
      value: rows.map(({ service, server }) => {
        const name = `${service} ${server}`;
        this.#deps.tell({ time: this.#deps.wall(), subject: 'admin', name, what: 'undrain', reason });
        return { service, address: server, ...gone, ...none };
      }),
    };
  }

  /** Whether the kernel's rows of these servers are as they should be. */
  #agrees(chosen: readonly Selected[]): boolean {
    const { reconciler, state } = this.#deps;
    if (!reconciler.readable) return false;
    const wanted = new Map<string, number>(
      state
        .desired(reconciler.actual)
        .flatMap((d) => d.servers.map((s) => [`${serviceId(d.key)} ${serverId(s.key)}`, s.settings.weight] as const)),
    );
    const rows = new Rows(reconciler.actual);
    return chosen.every(({ server }) => rows.server(server)?.weight === wanted.get(server.row));
  }

  #notYet(what: string, chosen: readonly Selected[]): Refused {
    const problem = this.#deps.reconciler.problems[0] ?? 'somebody else changes it at the same time';
    const which = chosen.map(({ server }) => server.address).join(', ');
    const message = `${what} of ${which} is stored, but the kernel's table could not be changed yet, and is tried again: ${problem}`;
    return { ok: false, code: 'table', message };
  }

  #touched(chosen: readonly Selected[]): readonly TouchedServer[] {
    const rows = new Rows(this.#deps.reconciler.actual);
    return chosen.map((each) => touched(each, this.#deps.state, rows));
  }
}

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

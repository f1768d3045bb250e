import { desiredTable, type Observed, sorryRows } from '../core/ipvs/desired.js';
import type { Quorum } from '../core/ipvs/quorum.js';
import type { ServiceSpec } from '../core/ipvs/spec.js';
import { type ActualService, type DesiredService, serverId, serviceId } from '../core/ipvs/table.js';
import type { Health } from '../core/status.js';
import type { Advices } from './advice.js';
import type { Checked, Checks } from './checks.js';
import type { Happening } from './events.js';
import { type Heir, Inherited } from './inherited.js';
import type { ServerModel, ServiceModel } from './model.js';
import type { Override, Overrides } from './overrides.js';
import type { Policy } from './policy.js';
import { firstStanding, nextStanding, type Standing, whyDown } from './quorum.js';

/** Which service of another file is which; null: new, or gone. */
interface Replaced {
  readonly before: ServiceModel | null;
  readonly after: ServiceModel | null;
}

/** What is known of services and servers, and since when: configuration, health and overrides put together. */
export class State implements Observed {
  #services: readonly ServiceModel[] = [];
  readonly #checks: Checks;
  readonly #overrides: Overrides;
  readonly #wall: () => string;
  readonly #started: string;
  readonly #byCheck = new Map<string, { service: ServiceModel; server: ServerModel }[]>();
  readonly #byRow = new Map<string, ServerModel>();
  readonly #healthSince = new Map<string, string>();
  /** When servers came, by row; those that are not here were there at the start. */
  readonly #come = new Map<string, string>();
  readonly #policy: Policy;
  readonly #standing = new Map<ServiceSpec, Standing>();
  readonly #inherited = new Inherited();
  #adopted: Set<string> | null = null;
  /** The weights that rows had, of which somebody beside us may say what they should be. */
  readonly #found = new Map<string, number>();
  /** What agents and checks say about weights. */
  readonly advices: Advices;
  /** The service ends: no server takes new connections any more. */
  ending = false;

  constructor(
    services: readonly ServiceModel[],
    checks: Checks,
    overrides: Overrides,
    wall: () => string,
    policy: Policy,
    advices: Advices,
  ) {
    this.#policy = policy;
    this.advices = advices;
    this.#checks = checks;
    this.#overrides = overrides;
    this.#wall = wall;
    this.#started = wall();
    this.#services = services;
    for (const service of services) this.#index(service);
    this.advices.follow([], services);
    for (const service of services) this.#begin(service);
  }

  get services(): readonly ServiceModel[] {
    return this.#services;
  }

  #begin(service: ServiceModel, was?: Standing): void {
    this.#standing.set(service.spec, was ?? firstStanding(service.spec, this, this.#wall()));
    this.#policy.look(service, this);
  }

  #index(service: ServiceModel): void {
    for (const server of service.servers) {
      this.#byRow.set(server.row, server);
      if (server.check === null) continue;
      const users = this.#byCheck.get(server.check.id);
      if (users === undefined) this.#byCheck.set(server.check.id, [{ service, server }]);
      else users.push({ service, server });
      this.#checks.add(server.check);
    }
  }

  /** @returns the checks that nobody else uses, by id. */
  #forget(service: ServiceModel): string[] {
    return service.servers.flatMap(({ row, check }) => {
      this.#byRow.delete(row);
      if (check === null) return [];
      const users = (this.#byCheck.get(check.id) ?? []).filter((user) => user.service !== service);
      if (users.length > 0) this.#byCheck.set(check.id, users);
      else this.#byCheck.delete(check.id);
      return users.length > 0 ? [] : [check.id];
    });
  }

  /** What changes alone is indexed anew: of ten thousand servers one may go. */
  #reindex(services: readonly ServiceModel[], changed: readonly Replaced[]): void {
    this.#services = services;
    const gone = changed.flatMap(({ before }) => before ?? []);
    const unused = gone.flatMap((service) => this.#forget(service));
    const come = changed.flatMap(({ after }) => after ?? []);
    for (const service of come) this.#index(service);
    const ended = unused.filter((id) => !this.#byCheck.has(id));
    this.#checks.drop(ended);
    for (const id of ended) this.#healthSince.delete(id);
    this.advices.follow(gone, come);
  }

  /**
   * Goes on with the services of another file. Those that are the same objects stay as they are; the others keep what is
   * known of them: health until a changed check has its first result, and since when.
   * @param pairs which service is which; null: new, or gone.
   * @param actual the kernel's table: rows of new servers that stand in it are adopted, as at a start.
   * @returns what came up or went down by it.
   */
  replace(
    services: readonly ServiceModel[],
    pairs: readonly Replaced[],
    actual: readonly ActualService[],
  ): Happening[] {
    const changed = pairs.filter(({ before, after }) => before !== after);
    const serversOf = (services: readonly (ServiceModel | null)[]): Map<string, ServerModel> =>
      new Map(services.flatMap((s) => s?.servers ?? []).map((server) => [server.row, server]));
    const former = serversOf(changed.map(({ before }) => before));
    const latter = serversOf(changed.map(({ after }) => after));
    const heirs = new Map([...former].map(([row, server]) => [row, this.#heirOf(server)]));
    this.#reindex(services, changed);
    for (const row of former.keys()) if (!latter.has(row)) this.#inherited.take(row);
    this.#adopt(former, latter, actual);
    const happenings: Happening[] = [];
    for (const { before, after } of changed) {
      const was = before === null ? undefined : this.#standing.get(before.spec);
      if (before !== null) this.#standing.delete(before.spec);
      if (after === null) continue;
      for (const server of after.servers) {
        const heir = heirs.get(server.row);
        if (heir !== undefined) happenings.push(...this.#inherit(after, server, former.get(server.row), heir));
      }
      this.#begin(after, was);
    }
    for (const row of former.keys()) if (!latter.has(row)) this.#come.delete(row);
    for (const row of latter.keys()) if (!former.has(row)) this.#come.set(row, this.#wall());
    this.#policy.keepOnly(services);
    return [...happenings, ...this.recount(changed.flatMap(({ after }) => after ?? []))];
  }

  #heirOf(server: ServerModel): Heir {
    return { health: this.health(server.row), since: this.healthSince(server) };
  }

  #inherit(service: ServiceModel, server: ServerModel, before: ServerModel | undefined, heir: Heir): Happening[] {
    if (before?.check?.id === server.check?.id) return [];
    this.#inherited.take(server.row);
    if (this.health(server.row) === 'unknown') this.#inherited.keep(server.row, heir);
    const what = this.health(server.row);
    if (what === heir.health) return [];
    const reason = server.check === null ? 'it is not checked any more' : 'another check says so';
    return [{ time: this.#wall(), subject: 'server', name: `${service.name} ${server.address}`, what, reason }];
  }

  /** What left is not adopted any more; of what is new, those rows are that stand already. */
  #adopt(
    former: ReadonlyMap<string, ServerModel>,
    latter: ReadonlyMap<string, ServerModel>,
    found: readonly ActualService[],
  ): void {
    const rows = (of: ReadonlyMap<string, ServerModel>) => new Set([...of.values()].flatMap((server) => server.rows));
    const [old, now] = [rows(former), rows(latter)];
    this.#adopted ??= new Set();
    const adopted = this.#adopted;
    for (const row of old) if (!now.has(row)) adopted.delete(row);
    for (const service of found) {
      for (const server of service.servers) {
        const row = `${serviceId(service.key)} ${serverId(server.key)}`;
        if (now.has(row) && !old.has(row)) adopted.add(row);
      }
    }
  }

  health(row: string): Health {
    if (this.advices.down(row) !== null) return 'down';
    const check = this.#byRow.get(row)?.check ?? null;
    if (check === null) return 'up';
    const verdict = this.#checks.get(check.id)?.health.verdict ?? 'unknown';
    return verdict === 'unknown' ? (this.#inherited.get(row)?.health ?? 'unknown') : verdict;
  }

  admin(row: string): ReturnType<Overrides['admin']> {
    return this.#overrides.admin(row);
  }

  /** What its agent or check says its weight should be; null: nothing. */
  advised(row: string): number | null {
    return this.advices.weight(row);
  }

  /** Whether its agent or check has yet to say something about its weight, for the first time. */
  unasked(row: string): boolean {
    return this.advices.unasked(row) || (this.advices.byCheck(row) && this.health(row) === 'unknown');
  }

  /** The weight that a row had when we came; null where it was not there. */
  found(row: string): number | null {
    return this.#found.get(row) ?? null;
  }

  /** An administrator's weight; null for the configured one. */
  override(row: string): number | null {
    return this.#overrides.weight(row);
  }

  /** What an administrator decided, with since when and who. */
  given(row: string): Override {
    return this.#overrides.get(row);
  }

  get adopted(): ReadonlySet<string> {
    return this.#adopted ?? new Set();
  }

  /** Since when a server's health is what it is, ISO 8601. */
  healthSince(server: ServerModel): string {
    const told = this.advices.down(server.row);
    if (told !== null) return told.since;
    const since = server.check === null ? undefined : this.#healthSince.get(server.check.id);
    return since ?? this.#inherited.get(server.row)?.since ?? this.#come.get(server.row) ?? this.#started;
  }

  checked(server: ServerModel): Checked | undefined {
    return server.check === null ? undefined : this.#checks.get(server.check.id);
  }

  /** Whether a service is up, and since when. */
  serving(service: ServiceModel): { readonly up: boolean; readonly since: string } {
    const { quorum, since } = this.#standing.get(service.spec) ?? { quorum: 'open', since: this.#started };
    return { up: quorum === 'up', since };
  }

  quorum(spec: ServiceSpec): Quorum {
    return this.#standing.get(spec)?.quorum ?? 'open';
  }

  ramp(row: string): number {
    return this.#policy.ramp(row);
  }

  wanted(spec: ServiceSpec): boolean {
    return this.#policy.wanted(spec);
  }

  /** The table as it was found: servers without a verdict stay in it. */
  adopt(found: readonly ActualService[]): void {
    if (this.#adopted !== null) return;
    const rows = found.flatMap((service) => service.servers.map((s) => `${serviceId(service.key)} ${serverId(s.key)}`));
    this.#adopted = new Set(rows);
    for (const { key, servers } of found)
      for (const server of servers) {
        const row = `${serviceId(key)} ${serverId(server.key)}`;
        if (this.unasked(row)) this.#found.set(row, server.weight);
      }
    this.#policy.found(found);
    // Its sorry server answers: before us it had lost its quorum, and has yet to gain it.
    for (const [spec, standing] of this.#standing) {
      const sorry = standing.quorum === 'open' && sorryRows(spec).some((row) => this.adopted.has(row));
      if (sorry) this.#standing.set(spec, { ...standing, quorum: 'down' });
    }
  }

  /** The servers with this check, each in its service. */
  usersOf(checked: Checked): readonly { readonly service: ServiceModel; readonly server: ServerModel }[] {
    return this.#byCheck.get(checked.model.id) ?? [];
  }

  /** The services that have servers with this check. */
  using(checked: Checked): readonly ServiceModel[] {
    return [...new Set((this.#byCheck.get(checked.model.id) ?? []).map(({ service }) => service))];
  }

  /** The services that have these rows now. */
  owners(rows: readonly string[]): readonly ServiceModel[] {
    if (rows.length === 0) return [];
    const wanted = new Set(rows);
    return this.#services.filter(({ servers }) => servers.some(({ row }) => wanted.has(row)));
  }

  /** The table as it should be. The first one that is seen is adopted. */
  desired(actual: readonly ActualService[]): readonly DesiredService[] {
    this.adopt(actual);
    return desiredTable(
      this.services.map((s) => s.spec),
      this,
    );
  }

  /** A check's verdict changed. @returns what that means for servers and services. */
  verdict(checked: Checked): Happening[] {
    const time = this.#wall();
    const what = checked.health.verdict;
    const all = this.#byCheck.get(checked.model.id) ?? [];
    const heirs = all.map(({ server }) => this.#inherited.take(server.row));
    // What the check before this one said already is no news.
    const users = all.filter(({ server }, i) => heirs[i]?.health !== what && this.advices.down(server.row) === null);
    const known = heirs.find((heir) => heir?.health === what);
    this.#healthSince.set(checked.model.id, users.length === 0 ? (known?.since ?? time) : time);
    const reason = checked.last?.reason ?? null;
    const servers = users.map(({ service, server }) => ({
      time,
      subject: 'server',
      name: `${service.name} ${server.address}`,
      what,
      reason,
    }));
    return [...servers, ...this.recount([...new Set(users.map((u) => u.service))])];
  }

  /** Health or overrides of these services' servers changed. @returns those that came up or went down by it. */
  recount(services: readonly ServiceModel[]): Happening[] {
    return services.flatMap((service) => {
      const { spec, name } = service;
      this.#policy.look(service, this);
      const time = this.#wall();
      const before = this.#standing.get(spec) ?? firstStanding(spec, this, time);
      const { standing, news } = nextStanding(before, spec, this, time);
      this.#standing.set(spec, standing);
      const reason = news === 'down' ? whyDown(spec, this) : null;
      return news === null ? [] : [{ time, subject: 'service', name, what: news, reason }];
    });
  }
}

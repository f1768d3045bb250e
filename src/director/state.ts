import { desiredTable, isServing, type Observed } from '../core/ipvs/desired.js';
import { type ActualService, type DesiredService, serverId, serviceId } from '../core/ipvs/table.js';
import type { Health } from '../core/status.js';
import type { Checked, Checks } from './checks.js';
import type { Happening } from './events.js';
import type { ServerModel, ServiceModel } from './model.js';
import type { Overrides } from './overrides.js';

/** What is known of services and servers, and since when: configuration, health and overrides put together. */
export class State implements Observed {
  readonly services: readonly ServiceModel[];
  readonly #checks: Checks;
  readonly #overrides: Overrides;
  readonly #wall: () => string;
  readonly #started: string;
  readonly #byCheck = new Map<string, { service: ServiceModel; server: ServerModel }[]>();
  readonly #byRow = new Map<string, ServerModel>();
  readonly #healthSince = new Map<string, string>();
  readonly #serving = new Map<ServiceModel, { up: boolean; since: string }>();
  #adopted: ReadonlySet<string> | null = null;

  constructor(services: readonly ServiceModel[], checks: Checks, overrides: Overrides, wall: () => string) {
    this.services = services;
    this.#checks = checks;
    this.#overrides = overrides;
    this.#wall = wall;
    this.#started = wall();
    for (const service of services) {
      for (const server of service.servers) {
        this.#byRow.set(server.row, server);
        if (server.check === null) continue;
        const users = this.#byCheck.get(server.check.id) ?? [];
        this.#byCheck.set(server.check.id, [...users, { service, server }]);
        checks.add(server.check);
      }
      this.#serving.set(service, { up: isServing(service.spec, this), since: this.#started });
    }
  }

  health(row: string): Health {
    const check = this.#byRow.get(row)?.check ?? null;
    return check === null ? 'up' : (this.#checks.get(check.id)?.health.verdict ?? 'unknown');
  }

  admin(row: string): ReturnType<Overrides['admin']> {
    return this.#overrides.admin(row);
  }

  get adopted(): ReadonlySet<string> {
    return this.#adopted ?? new Set();
  }

  /** Since when a server's health is what it is, ISO 8601. */
  healthSince(server: ServerModel): string {
    return (server.check === null ? undefined : this.#healthSince.get(server.check.id)) ?? this.#started;
  }

  checked(server: ServerModel): Checked | undefined {
    return server.check === null ? undefined : this.#checks.get(server.check.id);
  }

  /** Whether a service is up, and since when. */
  serving(service: ServiceModel): { readonly up: boolean; readonly since: string } {
    return this.#serving.get(service) ?? { up: false, since: this.#started };
  }

  /** The table as it should be. The first one that is seen is adopted: servers without a verdict stay in it. */
  desired(actual: readonly ActualService[]): readonly DesiredService[] {
    this.#adopted ??= new Set(
      actual.flatMap((service) => service.servers.map((s) => `${serviceId(service.key)} ${serverId(s.key)}`)),
    );
    return desiredTable(
      this.services.map((s) => s.spec),
      this,
    );
  }

  /** A check's verdict changed. @returns what that means for servers and services. */
  verdict(checked: Checked): Happening[] {
    const time = this.#wall();
    this.#healthSince.set(checked.model.id, time);
    const users = this.#byCheck.get(checked.model.id) ?? [];
    const what = checked.health.verdict;
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
      const up = isServing(service.spec, this);
      if (up === this.serving(service).up) return [];
      const time = this.#wall();
      this.#serving.set(service, { up, since: time });
      const reason = up ? null : 'no server is up and takes new connections';
      return [{ time, subject: 'service', name: service.name, what: up ? 'up' : 'down', reason }];
    });
  }
}

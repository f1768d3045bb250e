import { applyPlan, type Modules } from '../core/ipvs/apply.js';
import { changeFailure, noIpvs } from '../core/ipvs/failure.js';
import {
  type ActualServer,
  type ActualService,
  type ServerKey,
  type ServiceKey,
  serverId,
  serviceId,
  type TableChange,
} from '../core/ipvs/table.js';
import type { IpvsTable } from '../ports/ipvs.js';
import type { Failure } from '../values/failure.js';

/** What can be observed of a destination, for tests that let connections come and go. */
export type Connections = Partial<
  Pick<ActualServer, 'activeConnections' | 'inactiveConnections' | 'persistentConnections' | 'stats'>
>;

/** An IPVS table in memory with the kernel's semantics and errors; a test can break it and meddle with it. */
export class SimIpvs implements IpvsTable {
  /** What stands in it; a test may put another table here at any time. */
  table: readonly ActualService[] = [];
  /** Every change that was tried, in order, whether it was refused or not. */
  readonly tried: TableChange[] = [];
  /** How often it was dumped. */
  dumps = 0;
  /** How many services were read by themselves. */
  reads = 0;
  /** Refuses the changes for which it gives a code (`ENOMEM`); null lets them through. */
  fault: ((change: TableChange) => string | null) | null = null;
  /** What every dump answers instead of the table; null is healthy. */
  dumpFault: Failure | null = null;
  readonly #modules: Modules;
  readonly #present: boolean;

  /**
   * @param options.schedulers names that this kernel has; by default it has any.
   * @param options.engines persistence engines that it has; by default any.
   * @param options.present false: a kernel without IPVS.
   */
  constructor(
    options: {
      readonly schedulers?: readonly string[];
      readonly engines?: readonly string[];
      readonly present?: boolean;
    } = {},
  ) {
    this.#modules = {
      schedulers: options.schedulers === undefined ? null : new Set(options.schedulers),
      engines: options.engines === undefined ? null : new Set(options.engines),
    };
    this.#present = options.present ?? true;
  }

  async dump(): Promise<readonly ActualService[] | Failure> {
    this.dumps += 1;
    if (!this.#present) return noIpvs('ipvs.dump');
    return this.dumpFault ?? this.table;
  }

  async read(keys: readonly ServiceKey[]): Promise<readonly ActualService[] | Failure> {
    this.reads += keys.length;
    if (!this.#present) return noIpvs('ipvs.dump');
    const ids = new Set(keys.map(serviceId));
    return this.dumpFault ?? this.table.filter((service) => ids.has(serviceId(service.key)));
  }

  async apply(changes: readonly TableChange[]): Promise<readonly (Failure | null)[]> {
    return changes.map((change) => {
      this.tried.push(change);
      if (!this.#present) return noIpvs(`ipvs.${change.kind}`);
      const broken = this.fault?.(change) ?? null;
      if (broken !== null) return changeFailure(change, broken);
      const { table, errors } = applyPlan(this.table, [change], this.#modules);
      this.table = table;
      const errno = errors[0] ?? null;
      return errno === null ? null : changeFailure(change, errno);
    });
  }

  /** Somebody else's hand: `ipvsadm -C` when nothing is given, or single changes. @throws when a change does not fit. */
  meddle(changes?: readonly TableChange[]): void {
    const { table, errors } = applyPlan(changes === undefined ? [] : this.table, changes ?? []);
    const bad = errors.findIndex((errno) => errno !== null);
    if (bad >= 0) throw new Error(`meddle: change ${bad} gives ${errors[bad]}`);
    this.table = table;
  }

  /** Sets what is observed of one destination. @throws when there is no such row. */
  observe(service: ServiceKey, server: ServerKey, seen: Connections): void {
    let found = false;
    this.table = this.table.map((s) => {
      if (serviceId(s.key) !== serviceId(service)) return s;
      const servers = s.servers.map((row) => {
        if (serverId(row.key) !== serverId(server)) return row;
        found = true;
        return { ...row, ...seen };
      });
      return { ...s, servers };
    });
    if (!found) throw new Error(`observe: no row ${serverId(server)} of ${serviceId(service)}`);
  }
}

/**
 * Switches of the kernel that a drain needs, below net.ipv4.vs (Documentation/networking/ipvs-sysctl.rst):
 * - `expire_nodest_conn` 1: a client that opens a connection from a source port that the kernel still remembers for a
 *   drained server gets another server (ip_vs_in(): "weight 0", since Linux 5.15 whatever conn_reuse_mode says); and a
 *   connection whose server left the table ends at its next packet instead of being dropped in silence.
 * - `expire_quiescent_template` 1: a persistent client is not led back to a drained server.
 * - `conn_reuse_mode` 1: with 0 kernels before 5.15 send a source port that is used again to its old server, drained or
 *   not; and with any kernel that client would never come back to a server that returns.
 */
export const SWITCHES = ['conn_reuse_mode', 'expire_nodest_conn', 'expire_quiescent_template'] as const;

export type SwitchName = (typeof SWITCHES)[number];

/** What the switches should be; one that is left out is nobody's business here. */
export type SwitchValues = Readonly<Partial<Record<SwitchName, number>>>;

/** What they are; null is one that this kernel (or container) has not. */
export type SwitchReading = Readonly<Record<SwitchName, number | null>>;

/** What one was before us, and what we made of it: to be put back. */
export interface RememberedSwitch {
  readonly original: number;
  readonly ours: number;
}

export type SwitchMemory = ReadonlyMap<SwitchName, RememberedSwitch>;

export interface SwitchWrite {
  readonly name: SwitchName;
  readonly value: number;
  /** What it is now. */
  readonly was: number;
  /** `set` for the first time or to another value of the file, `repair` what somebody else changed, `put-back`. */
  readonly kind: 'set' | 'repair' | 'put-back';
}

export interface SwitchPlan {
  /** To be stored before anything is written, so that a crash does not lose what was there before us. */
  readonly before: SwitchMemory;
  readonly writes: readonly SwitchWrite[];
  /** To be stored when all writes are done. */
  readonly after: SwitchMemory;
}

/**
 * What brings the switches to what they should be. All that are wanted are remembered, also those that stand right
 * already: so a later change by somebody else is known as one. What is wanted no more is put back, unless somebody else
 * has changed it since: then it is his.
 */
export function planSwitches(wanted: SwitchValues, actual: SwitchReading, memory: SwitchMemory): SwitchPlan {
  const before = new Map(memory);
  const after = new Map(memory);
  const writes: SwitchWrite[] = [];
  for (const name of SWITCHES) {
    const was = actual[name];
    const known = memory.get(name);
    const value = wanted[name];
    if (was === null) continue;
    if (value === undefined) {
      after.delete(name);
      if (known !== undefined && was === known.ours && was !== known.original) {
        writes.push({ name, value: known.original, was, kind: 'put-back' });
      }
      continue;
    }
    const entry = { original: known?.original ?? was, ours: value };
    before.set(name, entry);
    after.set(name, entry);
    if (was === value) continue;
    writes.push({ name, value, was, kind: known?.ours === value ? 'repair' : 'set' });
  }
  return { before, writes, after };
}

export const sameMemory = (a: SwitchMemory, b: SwitchMemory): boolean =>
  a.size === b.size &&
  [...a].every(([name, { original, ours }]) => b.get(name)?.original === original && b.get(name)?.ours === ours);

import { expect, test } from 'vitest';
import { applyPlan } from '../../../src/core/ipvs/apply.js';
import { plan } from '../../../src/core/ipvs/plan.js';
import {
  type ActualService,
  type DesiredService,
  rowId,
  serverId,
  serviceId,
  type TableChange,
} from '../../../src/core/ipvs/table.js';
import { seeded } from '../../../src/sim/random.js';
import { asActual, type Draw, desiredTable, drifted, idsOf, worn } from './tables.js';

/** So many pairs of tables; 1,000,000 take minutes. */
const PAIRS = Number(process.env.PLAN_PAIRS ?? 3_000);
const SEED = Number(process.env.PLAN_SEED ?? Date.now() & 0x7fffffff);

test(`of ${PAIRS} random pairs each plan leads to what is wanted, and removes nothing on the way that both have (PLAN_SEED=${SEED})`, () => {
  let changes = 0;
  let kinds = 0;
  const seen = new Set<string>();
  for (let i = 0; i < PAIRS; i += 1) {
    const draw = drawsOf(SEED + i);
    const desired = desiredTable(draw);
    const standing = draw(2) === 0 ? desiredTable(draw) : drifted(draw, desired);
    const made = check(desired, worn(draw, asActual(standing)), draw(3) > 0, `PLAN_SEED=${SEED + i} PLAN_PAIRS=1`);
    changes += made.length;
    for (const change of made) if (!seen.has(change.kind)) seen.add(change.kind);
    if (made.length > 1) kinds += 1;
  }
  if (PAIRS < 1_000) return;
  expect([...seen].sort()).toEqual([
    'addServer',
    'addService',
    'editServer',
    'editService',
    'removeServer',
    'removeService',
  ]);
  // The pairs are no trivial ones.
  expect(kinds).toBeGreaterThan(PAIRS / 2);
  expect(changes).toBeGreaterThan(3 * PAIRS);
}, 1_800_000);

/** @throws naming the pair. @returns the plan */
function check(
  desired: readonly DesiredService[],
  actual: readonly ActualService[],
  ours: boolean,
  which: string,
): readonly TableChange[] {
  const owned = ours ? idsOf(actual) : new Set<string>();
  const changes = plan(desired, actual, owned);
  const both = common(desired, actual);
  let table = actual;
  for (const change of changes) {
    const step = applyPlan(table, [change]);
    if (step.errors[0] !== null) throw new Error(`${which}: ${change.kind} is refused: ${step.errors[0]}`);
    table = step.table;
    // Nothing but these takes rows away; plan.test.ts looks at the whole table after each step.
    const gone =
      change.kind === 'removeService'
        ? serviceId(change.service)
        : change.kind === 'removeServer'
          ? rowId(change.service, change.server)
          : '';
    if (both.has(gone)) throw new Error(`${which}: ${gone} is removed by ${change.kind}`);
  }
  const left = plan(desired, table, owned);
  if (left.length > 0) throw new Error(`${which}: ${left.length} changes are left, such as ${left[0]?.kind}`);
  if (!ours) {
    const mine = idsOf(desired);
    const foreign = actual.filter((s) => !mine.has(serviceId(s.key)));
    const now = new Set(table);
    if (!foreign.every((s) => now.has(s))) throw new Error(`${which}: a service of somebody else is not as it was`);
  }
  return changes;
}

const rowsOf = (
  table: readonly {
    readonly key: ActualService['key'];
    readonly servers: DesiredService['servers'] | ActualService['servers'];
  }[],
): Set<string> =>
  new Set(
    table.flatMap((s) => [serviceId(s.key), ...s.servers.map((row) => `${serviceId(s.key)} ${serverId(row.key)}`)]),
  );

function common(desired: readonly DesiredService[], actual: readonly ActualService[]): Set<string> {
  const wanted = rowsOf(desired);
  return new Set([...rowsOf(actual)].filter((row) => wanted.has(row)));
}

const drawsOf = (seed: number): Draw => {
  const random = seeded(seed);
  return (below) => random.integer(0, below - 1);
};

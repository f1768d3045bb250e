import { formatDuration, toSeconds } from '../../src/values/time.js';
import type { Scenario } from './scenario.js';
import { World } from './world.js';

/** @returns null when all properties hold, else what does not. */
export async function broken(scenario: Scenario): Promise<string | null> {
  try {
    await new World(scenario).run();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Leaves out what is not needed for a failure, so that its transcript is short. */
export async function shrunk(scenario: Scenario): Promise<Scenario> {
  let smallest = scenario;
  for (let i = scenario.ops.length - 1; i >= 0; i -= 1) {
    const fewer = { ...smallest, ops: smallest.ops.filter((_, k) => k !== i) };
    if ((await broken(fewer)) !== null) smallest = fewer;
  }
  return smallest;
}

/** The failure as a person wants to read it. */
export async function story(scenario: Scenario): Promise<string> {
  const world = new World(scenario, true);
  let what = 'all properties hold';
  try {
    await world.run();
  } catch (error) {
    what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const hosts = scenario.hosts.map(
    (h, i) =>
      `${'abc'[i]}: priority ${h.priority}, every ${formatDuration(h.interval)}${h.preempt ? '' : ', no preemption'}${h.weight === null ? '' : `, script ${h.weight}`}${h.survives ? '' : ', ends'}`,
  );
  return [
    `seed ${scenario.seed}, version ${scenario.version}, ${scenario.kind}, healed at ${toSeconds(scenario.healAt)}`,
    ...hosts,
    `weather ${JSON.stringify(scenario.weather)}, lateness ${formatDuration(scenario.lateness)}`,
    ...world.transcript.slice(-160),
    what,
    JSON.stringify(scenario),
  ].join('\n');
}

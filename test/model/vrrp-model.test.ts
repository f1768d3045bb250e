import { expect, it } from 'vitest';
import { broken, shrunk, story } from './explore.js';
import { scenario } from './scenario.js';

// DIRECTORD_MODEL_RUNS explores more; DIRECTORD_MODEL_SEED starts elsewhere, or replays one failure with RUNS=1.
const RUNS = Number(process.env.DIRECTORD_MODEL_RUNS ?? 10_000);
const FIRST = Number(process.env.DIRECTORD_MODEL_SEED ?? 1);

it(`${RUNS} random runs of two and three routers end with one master, the right one, from seed ${FIRST} on`, {
  timeout: 60_000 + RUNS * 60,
}, async () => {
  for (let seed = FIRST; seed < FIRST + RUNS; seed += 1) {
    const run = scenario(seed);
    const what = await broken(run);
    if (what !== null) expect.fail(`seed ${seed}: ${what}\n${await story(await shrunk(run))}`);
  }
});

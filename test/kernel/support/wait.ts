import { patience } from '../../lab/patience.js';

/** Asks again and again until it is so. @returns what was found. @throws Error when it does not become so, with the last finding. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  isSo: (found: T) => boolean,
  usualMs = 5_000,
): Promise<T> {
  const withinMs = patience(usualMs);
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await ask();
    if (isSo(found)) return found;
    if (performance.now() > end) throw new Error(`not so after ${withinMs} ms: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

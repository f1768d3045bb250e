/** Asks again and again until it is so. @returns what was found. @throws Error after `withinMs`, with the last finding. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  isSo: (found: T) => boolean,
  withinMs = 5_000,
): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const found = await ask();
    if (isSo(found)) return found;
    if (performance.now() > end) throw new Error(`not so after ${withinMs} ms: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

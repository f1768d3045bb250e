import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let gc: (() => void) | null = null;

/**
 * Collects this thread's garbage now and gives its memory back. For a thread that has just finished a great work and will
 * do nothing for long: nothing would make V8 look at what is left of it. Takes as long as it takes: tens of milliseconds.
 */
export function collect(): void {
  if (gc === null) {
    setFlagsFromString('--expose-gc');
    gc = runInNewContext('gc') as () => void;
  }
  gc();
}

import type { Beat, Rhythm } from '../ports/lan.js';
import { instant, micros } from '../values/time.js';
import { gridFor } from './clock.js';
import type { Native, NativeBeats } from './native.js';

/** A datagram as a descriptor of ours sends it. */
export interface Outgoing {
  readonly fd: number;
  readonly packet: Uint8Array;
  /** A raw struct sockaddr. */
  readonly to: Uint8Array;
}

/**
 * Packets that go out by themselves, from one thread for all of the process: whatever the loop is at, they leave in time.
 */
export class KernelBeats {
  readonly #native: Native;
  #beats: NativeBeats | null = null;
  readonly #ended = new Map<number, () => void>();
  readonly #figures = new Float64Array(4);
  readonly #bytes = new Uint8Array(this.#figures.buffer);

  constructor(native: Native) {
    this.#native = native;
  }

  /** @throws SystemError when no descriptor is left. The packet's descriptor stays open until the beat is stopped. */
  begin(
    { fd, packet, to }: Outgoing,
    { at, every, late, alone }: Rhythm,
    ended: () => void,
    stopped: () => void,
  ): Beat {
    const beats = this.#opened();
    const number = beats.start(fd, packet, to, at, every, late, alone);
    this.#ended.set(number, ended);
    this.#regrid(beats);
    let last: ReturnType<Beat['look']> | null = null;
    const look = (): ReturnType<Beat['look']> => last ?? this.#read(beats, number);
    const rest = (): void => {
      if (last === null) beats.rest(number);
    };
    const stop = (): void => {
      if (last !== null) return;
      // What went out after the look would not be counted.
      rest();
      last = look();
      beats.stop(number);
      this.#ended.delete(number);
      this.#regrid(beats);
      stopped();
    };
    return { look, rest, stop };
  }

  /** @returns whether they go before all ordinary threads of the machine. @throws SystemError as `begin`. */
  realtime(): boolean {
    return this.#opened().realtime();
  }

  #opened(): NativeBeats {
    this.#beats ??= this.#native.beats((number) => this.#ended.get(number)?.());
    return this.#beats;
  }

  #read(beats: NativeBeats, number: number): ReturnType<Beat['look']> {
    beats.read(number, this.#bytes);
    const [next = 0, sent = 0, latest = 0, worst = 0] = this.#figures;
    return { next: instant(next), sent, latest: micros(latest), worst: micros(worst) };
  }

  /** Many go out together, as alarms do. */
  #regrid(beats: NativeBeats): void {
    beats.grid(gridFor(this.#ended.size));
  }
}

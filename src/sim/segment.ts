import type { Advert } from '../core/vrrp/advert.js';
import type { Ip } from '../values/ip.js';
import { after, type Duration, type Instant, micros } from '../values/time.js';
import type { VirtualClock } from './clock.js';
import type { Random } from './random.js';

/** What goes over a segment. */
export type Frame =
  /** `to` and `ttl`: of unicast; without them it goes to the group with TTL 255. */
  | { readonly kind: 'advert'; readonly from: Ip; readonly advert: Advert; readonly to?: Ip; readonly ttl?: number }
  /** A gratuitous ARP request or an unsolicited neighbour advertisement for `address`. */
  | { readonly kind: 'announcement'; readonly address: Ip };

/** How a segment treats frames; each receiver's copy meets its own fate. */
export interface Weather {
  /** Probability that a copy is lost. */
  readonly loss: number;
  /** Probability that a copy comes twice. */
  readonly duplication: number;
  readonly delay: Duration;
  /** Added to the delay at random, 0 to this much. */
  readonly jitter: Duration;
  /** Whether a copy may overtake an earlier one between the same two ports. */
  readonly reorder: boolean;
}

/** A cable and a switch that do their work. */
export const fair: Weather = { loss: 0, duplication: 0, delay: micros(50), jitter: micros(0), reorder: false };

/** A frame that was sent, as a tap at the sender's port sees it. */
export interface Sighting {
  readonly at: Instant;
  readonly port: Port;
  readonly frame: Frame;
}

/** Where one interface is plugged in. */
export class Port {
  /** The name in transcripts. */
  readonly name: string;
  readonly #segment: Segment;
  #cable = true;
  #receive: (frame: Frame, from: Port) => void = () => {};
  #carrier: (present: boolean) => void = () => {};

  constructor(name: string, segment: Segment) {
    this.name = name;
    this.#segment = segment;
  }

  get carrier(): boolean {
    return this.#cable;
  }

  /** @param receive takes frames; @param carrier hears when the carrier comes or goes. */
  connect(receive: (frame: Frame, from: Port) => void, carrier: (present: boolean) => void): void {
    this.#receive = receive;
    this.#carrier = carrier;
  }

  send(frame: Frame): void {
    if (this.#cable) this.#segment.carry(this, frame);
  }

  /** A frame has come through. */
  deliver(frame: Frame, from: Port): void {
    if (this.#cable) this.#receive(frame, from);
  }

  /** Pulls the cable out, or puts it in again; what is under way to it is lost. */
  set plugged(present: boolean) {
    if (present === this.#cable) return;
    this.#cable = present;
    this.#carrier(present);
  }
}

/** One broadcast domain with any number of ports. */
export class Segment {
  weather: Weather;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #ports: Port[] = [];
  readonly #taps: ((sighting: Sighting) => void)[] = [];
  /** Which island each port is on; ports that are not named are on island 0. */
  #islands: ReadonlyMap<Port, number> = new Map();
  readonly #latest = new Map<string, Instant>();

  constructor(clock: VirtualClock, random: Random, weather: Weather = fair) {
    this.#clock = clock;
    this.#random = random;
    this.weather = weather;
  }

  plug(name: string): Port {
    const port = new Port(name, this);
    this.#ports.push(port);
    return port;
  }

  /** Parts the ports into islands that do not hear each other; the carrier stays. Replaces an earlier partition. */
  part(...islands: readonly (readonly Port[])[]): void {
    this.#islands = new Map(islands.flatMap((ports, i) => ports.map((port) => [port, i + 1] as const)));
  }

  /** Ends the partition. */
  heal(): void {
    this.#islands = new Map();
  }

  /** Sees every frame when it is sent, before it meets its fate. */
  tap(see: (sighting: Sighting) => void): void {
    this.#taps.push(see);
  }

  /** Takes a frame from a port to all others of its island. */
  carry(from: Port, frame: Frame): void {
    for (const see of this.#taps) see({ at: this.#clock.now(), port: from, frame });
    for (const to of this.#ports) {
      if (to === from || this.#parted(from, to)) continue;
      if (this.#random.chance(this.weather.loss)) continue;
      this.#fly(from, to, frame);
      if (this.#random.chance(this.weather.duplication)) this.#fly(from, to, frame);
    }
  }

  #fly(from: Port, to: Port, frame: Frame): void {
    const { delay, jitter, reorder } = this.weather;
    const wait = jitter > 0 ? micros(delay + this.#random.integer(0, jitter)) : delay;
    let at = after(this.#clock.now(), wait);
    if (!reorder) {
      const way = `${from.name}>${to.name}`;
      at = Math.max(at, this.#latest.get(way) ?? 0) as Instant;
      this.#latest.set(way, at);
    }
    this.#clock.at(at, () => {
      if (!this.#parted(from, to)) to.deliver(frame, from);
    });
  }

  #parted(a: Port, b: Port): boolean {
    return (this.#islands.get(a) ?? 0) !== (this.#islands.get(b) ?? 0);
  }
}

import type { Advert } from '../core/vrrp/advert.js';
import type { Announcer, Beat, Lan, LanListener, Lans, Listened, Rhythm, Sender } from '../ports/lan.js';
import type { Failure } from '../values/failure.js';
import type { Family, Ip } from '../values/ip.js';
import { type AdvertFrame, familyIn, fault, framesOf, type Routers, reaches, routersOf } from './advert-frames.js';
import { SimBeat } from './beat.js';
import type { SimKernel } from './kernel.js';
import type { SimProcess } from './process.js';
import type { Frame } from './segment.js';

/** So many adverts wait in a socket; more are lost, as in a kernel whose receive buffer is full. */
const SOCKET_ROOM = 512;

/** The lans of one host as one process opens them. */
export class SimLans implements Lans {
  readonly #kernel: SimKernel;
  readonly #process: SimProcess;

  constructor(kernel: SimKernel, process: SimProcess) {
    this.#kernel = kernel;
    this.#process = process;
  }

  open(interfaceName: string, routers: readonly Listened[], listener: LanListener): Lan | Failure {
    const refusal = this.#kernel.refuse?.('lan.open', interfaceName) ?? null;
    if (refusal !== null) return { what: 'lan.open', code: refusal, detail: `on ${interfaceName}` };
    const socket = new SimSocket(this.#kernel, this.#process, interfaceName, routers, listener);
    return socket.joined() ? socket : { what: 'lan.open', code: 'ENODEV', detail: `on ${interfaceName}` };
  }

  sender(interfaceName: string, list: readonly Listened[]): Sender | Failure {
    let open = true;
    const routers = routersOf(list);
    return {
      send: (advert, source) => {
        for (const frame of framesOf(advert, source, routers)) {
          const code = open ? this.#kernel.transmit(interfaceName, 'lan.send', frame) : 'EBADF';
          if (code !== null) return { what: 'lan.send', code, detail: `on ${interfaceName}` };
        }
        return null;
      },
      close: () => {
        open = false;
      },
    };
  }

  announcer(interfaceName: string): Announcer | Failure {
    let open = true;
    return {
      announce: (address) => {
        const frame: Frame = { kind: 'announcement', address };
        const code = open ? this.#kernel.transmit(interfaceName, 'lan.announce', frame) : 'EBADF';
        return code === null ? null : { what: 'lan.announce', code, detail: `on ${interfaceName}` };
      },
      close: () => {
        open = false;
      },
    };
  }
}

class SimSocket implements Lan {
  readonly #kernel: SimKernel;
  readonly #process: SimProcess;
  readonly #name: string;
  #routers: Routers;
  readonly #family: Family;
  readonly #listener: LanListener;
  readonly #leave: (() => void) | null;
  readonly #waiting: AdvertFrame[] = [];
  readonly #beats = new Set<SimBeat>();
  #open = true;

  constructor(
    kernel: SimKernel,
    process: SimProcess,
    name: string,
    routers: readonly Listened[],
    listener: LanListener,
  ) {
    this.#kernel = kernel;
    this.#process = process;
    this.#name = name;
    this.#routers = routersOf(routers);
    this.#family = familyIn(routers);
    this.#listener = listener;
    this.#leave = kernel.join(name, (frame) => this.#arrived(frame));
  }

  /** Whether the interface was there. */
  joined(): boolean {
    return this.#leave !== null;
  }

  send(advert: Advert, source: Ip): Failure | null {
    for (const frame of framesOf(advert, source, this.#routers)) {
      const code = this.#open ? this.#kernel.transmit(this.#name, 'lan.send', frame) : 'EBADF';
      if (code !== null) return { what: 'lan.send', code, detail: `on ${this.#name}` };
    }
    return null;
  }

  beat(advert: Advert, source: Ip, rhythm: Rhythm, ended: () => void): Beat | null {
    if (!this.#kernel.beats || !this.#open || framesOf(advert, source, this.#routers).length !== 1) return null;
    const send = (): boolean => {
      this.#kernel.beaten += 1;
      return this.send(advert, source) === null;
    };
    const beat = new SimBeat(this.#process, rhythm, send, ended);
    this.#beats.add(beat);
    return beat;
  }

  drain(limit: number): number {
    let read = 0;
    while (read < limit && this.#open) {
      const frame = this.#waiting.shift();
      if (frame === undefined) break;
      read += 1;
      const { virtualRouterId } = frame.advert;
      const why = fault(frame, this.#routers);
      if (why === null) this.#listener.advert(frame.from, frame.advert);
      else this.#listener.dropped(why, frame.from, this.#routers.has(virtualRouterId) ? virtualRouterId : null);
    }
    return read;
  }

  listen(routers: readonly Listened[]): Failure | null {
    this.#routers = routersOf(routers);
    return null;
  }

  close(): void {
    this.#open = false;
    for (const beat of this.#beats) beat.close();
    this.#leave?.();
  }

  #arrived(frame: Frame): void {
    if (frame.kind !== 'advert' || this.#process.state === 'dead' || this.#waiting.length >= SOCKET_ROOM) return;
    if (!reaches(frame, this.#family, frame.to === undefined ? [] : this.#own())) return;
    this.#waiting.push(frame);
    this.#process.post(() => this.drain(SOCKET_ROOM));
  }

  #own(): Ip[] {
    const all = this.#kernel.links().flatMap((link) => link.addresses);
    return all.map((a) => a.cidr.address);
  }
}

import type { Advert, Version } from '../core/vrrp/advert.js';
import type { Announcer, Lan, LanListener, Lans, Listened, Sender } from '../ports/lan.js';
import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import type { SimKernel } from './kernel.js';
import type { SimProcess } from './process.js';
import type { Frame } from './segment.js';

/** So many adverts wait in a socket; more are lost, as in a kernel whose receive buffer is full. */
const SOCKET_ROOM = 512;

type AdvertFrame = Frame & { kind: 'advert' };

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

  sender(interfaceName: string): Sender | Failure {
    let open = true;
    return {
      send: (advert, source) => {
        const frame: Frame = { kind: 'advert', from: source, advert };
        const code = open ? this.#kernel.transmit(interfaceName, 'lan.send', frame) : 'EBADF';
        return code === null ? null : { what: 'lan.send', code, detail: `on ${interfaceName}` };
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
  readonly #versions: ReadonlyMap<number, Version>;
  readonly #listener: LanListener;
  readonly #leave: (() => void) | null;
  readonly #waiting: AdvertFrame[] = [];
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
    this.#versions = new Map(routers.map((r) => [r.virtualRouterId, r.version]));
    this.#listener = listener;
    this.#leave = kernel.join(name, (frame) => this.#arrived(frame));
  }

  /** Whether the interface was there. */
  joined(): boolean {
    return this.#leave !== null;
  }

  send(advert: Advert, source: Ip): Failure | null {
    return this.#transmit('lan.send', { kind: 'advert', from: source, advert });
  }

  drain(limit: number): number {
    let read = 0;
    while (read < limit && this.#open) {
      const frame = this.#waiting.shift();
      if (frame === undefined) break;
      read += 1;
      const { virtualRouterId, version } = frame.advert;
      const expected = this.#versions.get(virtualRouterId);
      if (expected === version) this.#listener.advert(frame.from, frame.advert);
      else if (expected === undefined) this.#listener.dropped('unknown-vrid', frame.from, null);
      else this.#listener.dropped('bad-version', frame.from, virtualRouterId);
    }
    return read;
  }

  close(): void {
    this.#open = false;
    this.#leave?.();
  }

  #transmit(what: 'lan.send', frame: Frame): Failure | null {
    const code = this.#open ? this.#kernel.transmit(this.#name, what, frame) : 'EBADF';
    return code === null ? null : { what, code, detail: `on ${this.#name}` };
  }

  #arrived(frame: Frame): void {
    if (frame.kind !== 'advert' || this.#process.state === 'dead' || this.#waiting.length >= SOCKET_ROOM) return;
    this.#waiting.push(frame);
    this.#process.post(() => this.drain(SOCKET_ROOM));
  }
}

import type { Advert } from '../core/vrrp/advert.js';
import type { Announcer, Beat, Lan, LanListener, Lans, Listened, Rhythm, Sender } from '../ports/lan.js';
import type { Failure } from '../values/failure.js';
import type { Ip } from '../values/ip.js';
import { KernelBeats } from './beats.js';
import { failureOf } from './failure.js';
import { LanAnnouncer } from './lan-announcer.js';
import { LanReceiver } from './lan-receiver.js';
import { LanSender } from './lan-sender.js';
import { native as addon, type Native } from './native.js';

const REHEARSALS = 30;

/** The lans of this network namespace. Needs CAP_NET_RAW and CAP_NET_ADMIN. */
export class KernelLans implements Lans {
  readonly #native: Native;
  readonly #beats: KernelBeats;

  constructor(native: Native = addon) {
    this.#native = native;
    this.#beats = new KernelBeats(native);
  }

  /** See `KernelBeats.realtime`: starts the thread that sends adverts by itself, too. */
  realtime(): boolean {
    return this.#beats.realtime();
  }

  open(interfaceName: string, routers: readonly Listened[], listener: LanListener): Lan | Failure {
    const opened: { close(): void }[] = [];
    const keep = <T extends { close(): void }>(part: T): T => {
      opened.push(part);
      return part;
    };
    try {
      const index = this.#native.interfaceIndex(interfaceName);
      if (index === 0) return { what: 'lan.open', code: 'ENODEV', detail: interfaceName };
      const sender = keep(new LanSender(this.#outlet(interfaceName, index), routers, listener));
      const receiver = keep(new LanReceiver(this.#native, interfaceName, index, routers, listener));
      for (let round = 0; round < REHEARSALS; round += 1) sender.rehearse();
      return new KernelLan(interfaceName, sender, receiver);
    } catch (error) {
      for (const part of opened) part.close();
      return failureOf('lan.open', interfaceName, error);
    }
  }

  sender(interfaceName: string, routers: readonly Listened[], failed: (failure: Failure) => void): Sender | Failure {
    try {
      const index = this.#native.interfaceIndex(interfaceName);
      if (index === 0) return { what: 'lan.sender', code: 'ENODEV', detail: interfaceName };
      const sender = new LanSender(this.#outlet(interfaceName, index), routers, { failed });
      for (let round = 0; round < REHEARSALS; round += 1) sender.rehearse();
      return {
        send: (advert, source) => sender.send(advert, source),
        beat: (advert, source, rhythm, ended) => sender.beat(advert, source, rhythm, ended),
        prepare: () => sender.rehearse(),
        close: () => sender.close(),
      };
    } catch (error) {
      return failureOf('lan.sender', interfaceName, error);
    }
  }

  #outlet(name: string, index: number) {
    return { native: this.#native, beats: this.#beats, name, index };
  }

  announcer(interfaceName: string): Announcer | Failure {
    try {
      const index = this.#native.interfaceIndex(interfaceName);
      if (index === 0) return { what: 'lan.announcer', code: 'ENODEV', detail: interfaceName };
      const announcer = new LanAnnouncer(this.#native, interfaceName, index);
      for (let round = 0; round < REHEARSALS; round += 1) announcer.rehearse();
      return announcer;
    } catch (error) {
      return failureOf('lan.announcer', interfaceName, error);
    }
  }
}

class KernelLan implements Lan {
  readonly #name: string;
  readonly #sender: LanSender;
  readonly #receiver: LanReceiver;

  constructor(name: string, sender: LanSender, receiver: LanReceiver) {
    this.#name = name;
    this.#sender = sender;
    this.#receiver = receiver;
  }

  send(advert: Advert, source: Ip): Failure | null {
    return this.#sender.send(advert, source);
  }

  beat(advert: Advert, source: Ip, rhythm: Rhythm, ended: () => void): Beat | null {
    return this.#sender.beat(advert, source, rhythm, ended);
  }

  prepare(): void {
    this.#sender.rehearse();
  }

  drain(limit: number): number {
    return this.#receiver.drain(limit);
  }

  listen(routers: readonly Listened[]): Failure | null {
    try {
      this.#receiver.listen(routers);
    } catch (error) {
      return failureOf('lan.listen', this.#name, error);
    }
    this.#sender.speakFor(routers);
    return null;
  }

  deafen(): void {
    this.#receiver.deafen();
  }

  close(): void {
    this.#receiver.close();
    this.#sender.close();
  }
}

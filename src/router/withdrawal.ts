import { servesId, type TrackVerdict } from '../core/track/verdict.js';
import { formatCidr, type Ip } from '../values/ip.js';
import type { Log } from '../values/log.js';
import type { InstanceEvent } from './instance-deps.js';
import type { InstanceSettings } from './settings.js';

type Verdicts = ReadonlyMap<string, TrackVerdict>;

export interface WithdrawalDeps {
  readonly verdicts: Verdicts;
  readonly log: Log;
  readonly told: (event: InstanceEvent) => void;
}

/**
 * The addresses of an instance that stay away although it is master, because every service that they are for is down, and
 * why. A service without a verdict may be up: so an address is not taken away before anything is known. They stay in the
 * adverts: other routers compare those with their own list (RFC 2338 §7.1, keepalived).
 */
export function withdrawn({ whileUp = [] }: InstanceSettings, verdicts: Verdicts): ReadonlyMap<string, string> {
  const away = new Map<string, string>();
  for (const { address, services } of whileUp) {
    const told = services.map((name) => ({ name, verdict: verdicts.get(servesId(name)) }));
    if (told.some(({ verdict }) => verdict?.up !== false)) continue;
    away.set(address, told.map(({ name, verdict }) => `service ${name} is down: ${verdict?.reason ?? ''}`).join('; '));
  }
  return away;
}

/** Follows the services that addresses of one instance are for. */
export class Withdrawal {
  readonly #deps: WithdrawalDeps;
  #settings: InstanceSettings;
  #away: ReadonlyMap<string, string>;

  constructor(settings: InstanceSettings, deps: WithdrawalDeps) {
    this.#deps = deps;
    this.#settings = settings;
    this.#away = withdrawn(settings, deps.verdicts);
  }

  /** The settings without the addresses that stay away; the same record where there are none. */
  get present(): InstanceSettings {
    if (this.#away.size === 0) return this.#settings;
    const addresses = this.#settings.addresses.filter(({ cidr }) => !this.#away.has(formatCidr(cidr)));
    return { ...this.#settings, addresses };
  }

  /** Whether it stays away: then another host may well have it. */
  has(address: Ip): boolean {
    if (this.#away.size === 0) return false;
    return this.#settings.addresses.some(({ cidr }) => cidr.address === address && this.#away.has(formatCidr(cidr)));
  }

  reasons(): string[] {
    return [...this.#away].map(([address, why]) => `${address} is withdrawn: ${why}`);
  }

  /** For status; nothing where none stays away. */
  status(): { readonly withdrawn?: readonly string[] } {
    return this.#away.size === 0 ? {} : { withdrawn: [...this.#away.keys()] };
  }

  /** Other settings of the same instance. */
  follow(settings: InstanceSettings): void {
    this.#settings = settings;
    this.#away = withdrawn(settings, this.#deps.verdicts);
  }

  /** A verdict may have changed. @returns whether other addresses stay away now. */
  look(): boolean {
    if (this.#settings.whileUp === undefined) return false;
    const { log, told } = this.#deps;
    const { name } = this.#settings;
    const before = this.#away;
    this.#away = withdrawn(this.#settings, this.#deps.verdicts);
    const gone = [...this.#away].filter(([address]) => !before.has(address));
    const back = [...before.keys()].filter((address) => !this.#away.has(address));
    for (const [address, why] of gone) {
      log.warn({ instance: name, address, why }, `${name}: ${address} is withdrawn: ${why}`);
      told({ what: 'withdrawn', reason: `${address}: ${why}` });
    }
    for (const address of back) {
      log.info({ instance: name, address }, `${name}: ${address} is carried again`);
      told({ what: 'restored', reason: address });
    }
    return gone.length + back.length > 0;
  }
}

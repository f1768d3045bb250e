import {
  PLAIN_SERVICE,
  parseServiceId,
  type ServiceSettings,
  serviceId,
  type Tunnel,
} from '../../src/core/ipvs/table.js';
import { serverLine, serviceLine } from '../core/ipvs/tables.js';

/** Upper and lower threshold of a destination, by `SERVICE SERVER`. */
type Limits = ReadonlyMap<string, readonly [upper: number, lower: number]>;

/**
 * What stands in the kernel, as ipvsadm tells it, in the form of `settled`.
 * @param saved what `ipvsadm -S -n` prints: all but the thresholds.
 * @param limits what `ipvsadm -Ln --thresholds` prints.
 */
export function settledByIpvsadm(saved: string, limits: string): string[] {
  const thresholds = limitsOf(limits);
  return saved
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((words) => words.length > 1)
    .map((words) => {
      const id = idOf(words);
      if (words[0] === '-A') return serviceLine(id, serviceOf(words));
      const server = after(words, '-r') ?? '';
      const [upper, lower] = thresholds.get(`${id} ${server}`) ?? [0, 0];
      const forward = FORWARD[words.find((word) => word in FORWARD) ?? ''] ?? '?';
      return serverLine(id, server, {
        forward,
        weight: Number(after(words, '-w')),
        upper,
        lower,
        tunnel: forward === 'tunnel' ? tunnelOf(words) : null,
      });
    })
    .sort();
}

const FORWARD: Readonly<Record<string, string>> = { '-g': 'dr', '-m': 'masq', '-i': 'tunnel' };
const PROTOCOL: Readonly<Record<string, string>> = { '-t': 'tcp', '-u': 'udp', '--sctp-service': 'sctp' };
const PROTOCOL_WORD: Readonly<Record<string, string>> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' };

const after = (words: readonly string[], option: string): string | undefined => {
  const at = words.indexOf(option);
  return at < 0 ? undefined : words[at + 1];
};

/** `-t 10.0.0.1:80`, `-f 5 -6`. */
function idOf(words: readonly string[]): string {
  const [, option = '', value = '', next] = words;
  const text =
    option === '-f' ? `fwmark${next === '-6' ? '6' : ''}/${unsigned(value)}` : `${PROTOCOL[option]}/${value}`;
  const key = parseServiceId(text);
  if (key === null) throw new Error(`ipvsadm tells of ${words.join(' ')}`);
  return serviceId(key);
}

function serviceOf(words: readonly string[]): ServiceSettings {
  const flags = (after(words, '-b') ?? '').split(',');
  const mask = after(words, '-M');
  return {
    ...PLAIN_SERVICE,
    scheduler: after(words, '-s') ?? '?',
    persistence: Number(after(words, '-p') ?? 0),
    granularity: mask === undefined ? null : bitsOf(mask),
    engine: after(words, '--pe') ?? null,
    onePacket: words.includes('-o'),
    hashFallback: flags.some((flag) => /^(flag-1|[sm]h-fallback)$/.test(flag)),
    hashPort: flags.some((flag) => /^(flag-2|[sm]h-port)$/.test(flag)),
  };
}

/** `255.255.255.0` of IPv4, `64` of IPv6. */
function bitsOf(mask: string): number {
  if (!mask.includes('.')) return Number(mask);
  return mask
    .split('.')
    .map((part) => Number(part).toString(2).replaceAll('0', '').length)
    .reduce((sum, bits) => sum + bits, 0);
}

function tunnelOf(words: readonly string[]): Tunnel {
  const type = (after(words, '--tun-type') ?? 'ipip') as Tunnel['type'];
  const checksum = words.includes('--tun-remcsum') ? 'remcsum' : words.includes('--tun-csum') ? 'csum' : 'none';
  return { type, port: Number(after(words, '--tun-port') ?? 0), checksum };
}

function limitsOf(text: string): Limits {
  const limits = new Map<string, readonly [number, number]>();
  let id = '';
  for (const line of text.split('\n')) {
    const [first = '', second = '', third = '', fourth = ''] = line.trim().split(/\s+/);
    if (first === 'FWM') id = `fwmark${/\bIPv6\b/.test(line) ? '6' : ''}/${unsigned(second)}`;
    else if (first in PROTOCOL_WORD) id = `${PROTOCOL_WORD[first]}/${second}`;
    else if (first === '->' && /^-?\d/.test(third)) limits.set(`${id} ${second}`, [unsigned(third), unsigned(fourth)]);
  }
  return limits;
}

/** ipvsadm prints what is above 2^31 as a negative number. */
const unsigned = (text: string): number => Number(text) >>> 0;

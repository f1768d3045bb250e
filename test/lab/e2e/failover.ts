import { expect } from 'vitest';
import type { Capture, Packet } from '../lab.js';
import { type Pair, pause, type Which } from './pair.js';

const VIP = '172.28.128.200';
const ADDRESS: Readonly<Record<Which, string>> = { d1: '172.28.128.60', d2: '172.28.128.90' };
const PRIORITY: Readonly<Record<Which, number>> = { d1: 100, d2: 50 };

/** µs. Skew_Time of RFC 3768 §6.1, computed apart from directord's own code. */
const skew = (which: Which): number => ((256 - PRIORITY[which]) / 256) * 1_000_000;
const masterDown = (which: Which): number => 3_000_000 + skew(which);

/** How a takeover is bounded: counted from the last thing that the old master said. */
export interface Takeover {
  readonly after: 'priority 0' | 'silence';
  /** From that on, VRRP's own limit, in ms. */
  readonly limitMs: number;
  /** From that on to the first gratuitous ARP, in ms. */
  readonly tookMs: number;
}

const advertOf = (which: Which) => (p: Packet) => p.vrrp !== undefined && p.ip?.source === ADDRESS[which];
const announcement = (p: Packet): boolean => p.arp?.gratuitous === true && p.arp.sender === VIP;

/** Waits for `to` to announce the address, and measures from the last advert of `from`. */
export async function takeover(capture: Capture, from: Which, to: Which, since: number): Promise<Takeover> {
  const first = await capture.waitFor(advertOf(to), `advert of ${to}`, 10_000, since);
  const arp = await capture.waitFor(announcement, 'gratuitous ARP', 2_000, first.at);
  const said = capture.packets.filter((p) => p.at < first.at && advertOf(from)(p)).at(-1);
  if (said === undefined) throw new Error(`${from} was never heard`);
  const resigned = said.vrrp?.priority === 0;
  return {
    after: resigned ? 'priority 0' : 'silence',
    limitMs: (resigned ? skew(to) : masterDown(to)) / 1000,
    tookMs: (arp.at - said.at) / 1000,
  };
}

/** The steps of the reference topology's bad night; each ends with `d1` master again. */
export const steps = {
  async stop(pair: Pair): Promise<void> {
    const process = pair.process('d1');
    process.kill('SIGTERM');
    await process.exited;
  },
  async kill(pair: Pair): Promise<void> {
    const process = pair.process('d1');
    process.kill('SIGKILL');
    await process.exited;
  },
  async cut(pair: Pair): Promise<void> {
    await pair.lab.cut('d1', 'eth1');
  },
  async crash(pair: Pair): Promise<void> {
    await pair.lab.crash('d1');
  },
} as const;

export type StepName = keyof typeof steps;

/** Undoes a step. */
export async function mend(pair: Pair, step: StepName): Promise<void> {
  if (step === 'cut') return pair.lab.heal('d1', 'eth1');
  if (step === 'crash') await pair.lab.boot('d1');
  await pair.start('d1');
}

/**
 * One step and its repair, seen from the client: d2 takes over within VRRP's limit, every later request is answered by
 * way of it, d1 preempts when it is back, and the two never hold the address together while they hear each other.
 * @param marginMs what the lab's kernel may add.
 */
export async function failover(pair: Pair, step: StepName, marginMs: number): Promise<Takeover> {
  const capture = await pair.client.tcpdump('eth1', 'proto 112 or arp');
  try {
    await pause(1_200);
    const before = now(capture);
    await steps[step](pair);
    const took = await takeover(capture, 'd1', 'd2', before);
    expect(took.after).toBe(step === 'stop' ? 'priority 0' : 'silence');
    expect(took.tookMs).toBeLessThan(took.limitMs + marginMs);
    expect(took.tookMs).toBeGreaterThan(took.limitMs - 20);
    await serves(pair);
    const mended = now(capture);
    await mend(pair, step);
    await capture.waitFor(
      (p) => advertOf('d1')(p) && (p.vrrp?.priority ?? 0) > 0,
      'advert of d1 again',
      60_000,
      mended,
    );
    await pair.master('d1', 10_000);
    await serves(pair);
    neverTwo(capture.packets, mended);
    return took;
  } finally {
    await capture.stop();
  }
}

async function serves(pair: Pair): Promise<void> {
  const report = await pair.client.requests(10, `http://${VIP}/`);
  expect(report.failed, JSON.stringify(report.failures)).toBe(0);
}

/** Once d1 speaks again, d2 says nothing more after its next advert was due. */
function neverTwo(packets: readonly Packet[], since: number): void {
  const back = packets.find((p) => p.at >= since && advertOf('d1')(p) && (p.vrrp?.priority ?? 0) > 0);
  const late = packets.filter((p) => p.at > (back?.at ?? 0) + 100_000 && advertOf('d2')(p));
  expect(
    late.map((p) => `d2 still says ${p.vrrp?.priority} ${(p.at - (back?.at ?? 0)) / 1000} ms after d1 is back`),
  ).toEqual([]);
}

/** The capture's clock: that of the latest packet. */
const now = (capture: Capture): number => capture.packets.at(-1)?.at ?? 0;

import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { type Capture, Lab, type LabProcess, type Packet } from '../lab.js';
import { Frr } from './frr.js';
import { pause, until } from './pair.js';

const VIP = '172.28.128.200';
const OURS = '172.28.128.60';
const THEIRS = '172.28.128.90';
const VRID = 50;
const INTERVAL_MS = 200;
/** Processes that wait for each other on a busy machine of two cores. */
const MARGIN_MS = 150;

/** RFC 9568 §6.1 in ms, computed apart from directord's own code. */
const skew = (priority: number): number => ((256 - priority) * INTERVAL_MS) / 256;

const yaml = (priority: number, more = ''): string => `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: ${VRID}
      priority: ${priority}
      advert_int: ${INTERVAL_MS}ms
      virtual_addresses: [${VIP}/24]
${more}
`;

const from = (address: string) => (p: Packet) => p.vrrp !== undefined && p.ip?.source === address;
const zeroFrom = (address: string) => (p: Packet) => from(address)(p) && p.vrrp?.priority === 0;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

/** A host with directord, one with FRR, and one that looks on. */
async function up(name: string): Promise<{ lab: Lab; capture: Capture; frr: (priority: number) => Promise<Frr> }> {
  lab = await Lab.up({
    name,
    hosts: { d1: { eth1: `${OURS}/24` }, f1: { eth1: `${THEIRS}/24` }, client: { eth1: '172.28.128.10/24' } },
  });
  const on = lab;
  const capture = await on.host('client').tcpdump('eth1', 'proto 112 or arp');
  const frr = (priority: number) =>
    Frr.start(on.host('f1'), { virtualRouterId: VRID, priority, intervalMs: INTERVAL_MS, address: VIP });
  return { lab: on, capture, frr };
}

async function instance(on: Lab): Promise<StatusReport['instances'][number]> {
  const { status, stdout, stderr } = await on.host('d1').directorctl(['status', '--json']);
  if (status !== 0) throw new Error(`directorctl status ended with ${status}: ${stderr}`);
  return (JSON.parse(stdout) as StatusReport).instances[0] as StatusReport['instances'][number];
}

const ourState = (on: Lab): Promise<string> =>
  instance(on).then(
    ({ state }) => state,
    () => 'not there',
  );
const agree = (on: Lab, frr: Frr, ours: string, theirs: string): Promise<void> =>
  until(
    async () => (await ourState(on)) === ours && (await frr.status())?.status === theirs,
    15_000,
    `${ours} and ${theirs}`,
  );

/** The capture's clock: that of the latest packet. */
const now = (capture: Capture): number => capture.packets.at(-1)?.at ?? 0;

/** From a priority 0 of one to the first advert of the other. @returns ms */
async function handedOver(capture: Capture, giver: string, taker: string, since: number): Promise<number> {
  const zero = await capture.waitFor(zeroFrom(giver), `priority 0 of ${giver}`, 5_000, since);
  const first = await capture.waitFor(from(taker), `advert of ${taker}`, 5_000, zero.at);
  return (first.at - zero.at) / 1000;
}

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

describe('directord and Debian’s FRR vrrpd, version 3 on IPv4', () => {
  it('directord of higher priority takes over from FRR, which obeys; stopped, it hands over by priority 0', async () => {
    const { lab: on, capture, frr: start } = await up('frr-low');
    const frr = await start(100);
    await until(async () => (await frr.status())?.status === 'Master', 15_000, 'FRR as master');
    const directord: LabProcess = await on.host('d1').directord(yaml(200));
    await agree(on, frr, 'master', 'Backup');
    const [before, heard] = [now(capture), (await frr.status())?.received ?? 0];
    await pause(10 * INTERVAL_MS);
    expect(capture.packets.filter((p) => p.at > before && from(THEIRS)(p))).toEqual([]);
    expect((await frr.status())?.received).toBeGreaterThan(heard);
    expect((await instance(on)).counters.dropped).toEqual({});
    const stopped = now(capture);
    directord.kill('SIGTERM');
    const took = await handedOver(capture, OURS, THEIRS, stopped);
    say(`priority 0 of directord → FRR speaks: ${took.toFixed(1)} ms, skew ${skew(100).toFixed(1)} ms`);
    expect(took).toBeGreaterThan(skew(100) - 2);
    expect(took).toBeLessThan(skew(100) + MARGIN_MS);
    await directord.exited;
    expect((await frr.status())?.status).toBe('Master');
    expect(await on.host('d1').hasAddress('eth1', `${VIP}/24`)).toBe(false);
  }, 90_000);

  it('directord of lower priority obeys FRR, takes over on its priority 0, and gives way when it is back', async () => {
    const { lab: on, capture, frr: start } = await up('frr-high');
    await on.host('d1').directord(yaml(100));
    await until(async () => (await ourState(on)) === 'master', 15_000, 'directord as master');
    const frr = await start(200);
    await agree(on, frr, 'backup', 'Master');
    const { counters, master, version } = await instance(on);
    expect({ master, version }).toEqual({ master: THEIRS, version: 3 });
    // Its checksum is over the pseudo-header, as is ours by default: nothing differs.
    expect([counters.dropped, counters.differing]).toEqual([{}, {}]);
    expect(await on.host('d1').hasAddress('eth1', `${VIP}/24`)).toBe(false);
    const stopped = now(capture);
    await frr.stop();
    const took = await handedOver(capture, THEIRS, OURS, stopped);
    say(`priority 0 of FRR → directord speaks: ${took.toFixed(1)} ms, skew ${skew(100).toFixed(1)} ms`);
    expect(took).toBeGreaterThan(skew(100) - 2);
    expect(took).toBeLessThan(skew(100) + MARGIN_MS);
    await until(() => on.host('d1').hasAddress('eth1', `${VIP}/24`), 5_000, 'the address here');
    await frr.again();
    await agree(on, frr, 'backup', 'Master');
    await until(async () => !(await on.host('d1').hasAddress('eth1', `${VIP}/24`)), 5_000, 'no address here');
  }, 90_000);

  it('FRR understands the checksum over the pseudo-header alone: with rfc9568 there are two masters, and we say why', async () => {
    const { lab: on, capture, frr: start } = await up('frr-sum');
    await on.host('d1').directord(yaml(200, '      checksum: rfc9568'));
    await until(async () => (await ourState(on)) === 'master', 15_000, 'directord as master');
    const frr = await start(100);
    await agree(on, frr, 'master', 'Master');
    await pause(10 * INTERVAL_MS);
    expect((await frr.status())?.received).toBe(0);
    expect(frr.vrrpd?.output).toMatch(/checksum/i);
    // We take either, so that we hear FRR, answer it, and name the difference.
    const { counters } = await instance(on);
    expect(counters.dropped).toEqual({});
    expect(counters.differing['other-checksum']).toBeGreaterThan(0);
    expect(new Set(capture.packets.filter((p) => p.vrrp !== undefined).map((p) => p.ip?.source))).toEqual(
      new Set([OURS, THEIRS]),
    );
  }, 90_000);
});

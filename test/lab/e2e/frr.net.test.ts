import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { type Capture, Lab, type LabProcess, type Packet } from '../lab.js';
import { Frr } from './frr.js';
import { pause, until } from './pair.js';

/** The family, its virtual addresses, and the one of them that is looked for. */
const FAMILIES = {
  IPv4: { addresses: ['172.28.128.200/24'], served: '172.28.128.200/24' },
  // RFC 9568 §5.2.9: the first address is link-local.
  IPv6: { addresses: ['fe80::50/64', '2001:db8::200/64'], served: '2001:db8::200/64' },
} as const;
type Family = keyof typeof FAMILIES;
const VRID = 50;
const INTERVAL_MS = 200;
/** Processes that wait for each other on a busy machine of two cores. */
const MARGIN_MS = 400;

/** RFC 9568 §6.1 in ms, computed apart from directord's own code. */
const skew = (priority: number): number => ((256 - priority) * INTERVAL_MS) / 256;

const yaml = (family: Family, priority: number, more = ''): string => `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: ${VRID}
      priority: ${priority}
      advert_int: ${INTERVAL_MS}ms
      virtual_addresses: [${FAMILIES[family].addresses.map((cidr) => `"${cidr}"`).join(', ')}]
${more}
`;

type Speaker = 'directord' | 'FRR';
/** FRR speaks from the virtual router's MAC, directord (which was not told to) from its interface's own. */
const from = (who: Speaker) => (p: Packet) =>
  p.vrrp !== undefined && p.from.startsWith('00:00:5e:00:0') === (who === 'FRR');
const zeroFrom = (who: Speaker) => (p: Packet) => from(who)(p) && p.vrrp?.priority === 0;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

const host = (n: number) => ({ eth1: [`172.28.128.${n}/24`, `2001:db8::${n}/64`] });

/** A host with directord, one with FRR, and one that looks on. */
async function up(
  name: string,
  family: Family,
): Promise<{ lab: Lab; capture: Capture; frr: (priority: number) => Promise<Frr> }> {
  lab = await Lab.up({
    name,
    hosts: { d1: host(60), f1: host(90), client: host(10) },
  });
  const on = lab;
  const capture = await on.host('client').tcpdump('eth1', 'ip proto 112 or ip6 proto 112');
  const frr = (priority: number) =>
    Frr.start(on.host('f1'), {
      virtualRouterId: VRID,
      priority,
      intervalMs: INTERVAL_MS,
      addresses: FAMILIES[family].addresses,
    });
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
async function handedOver(capture: Capture, giver: Speaker, taker: Speaker, since: number): Promise<number> {
  const zero = await capture.waitFor(zeroFrom(giver), `priority 0 of ${giver}`, 5_000, since);
  const first = await capture.waitFor(from(taker), `advert of ${taker}`, 5_000, zero.at);
  return (first.at - zero.at) / 1000;
}

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

describe.each(['IPv4', 'IPv6'] as const)('directord and Debian’s FRR vrrpd, version 3 on %s', (family) => {
  const { served } = FAMILIES[family];
  it('directord of higher priority takes over from FRR, which obeys; stopped, it hands over by priority 0', async () => {
    const { lab: on, capture, frr: start } = await up('frr-low', family);
    const frr = await start(100);
    await until(async () => (await frr.status())?.status === 'Master', 15_000, 'FRR as master');
    const directord: LabProcess = await on.host('d1').directord(yaml(family, 200));
    await agree(on, frr, 'master', 'Backup');
    const [before, heard] = [now(capture), (await frr.status())?.received ?? 0];
    await pause(10 * INTERVAL_MS);
    expect(capture.packets.filter((p) => p.at > before && from('FRR')(p))).toEqual([]);
    expect((await frr.status())?.received).toBeGreaterThan(heard);
    expect((await instance(on)).counters.dropped).toEqual({});
    const stopped = now(capture);
    directord.kill('SIGTERM');
    const took = await handedOver(capture, 'directord', 'FRR', stopped);
    say(`${family}: priority 0 of directord → FRR speaks: ${took.toFixed(1)} ms, skew ${skew(100).toFixed(1)} ms`);
    expect(took).toBeGreaterThan(skew(100) - 2);
    // "Failed to find address to bind", it says on IPv6: its device has just come up, and the first advert is the second one.
    const later = family === 'IPv6' ? INTERVAL_MS : 0;
    expect(took).toBeLessThan(skew(100) + later + MARGIN_MS);
    await directord.exited;
    expect((await frr.status())?.status).toBe('Master');
    expect(await on.host('d1').hasAddress('eth1', served)).toBe(false);
  }, 90_000);

  it('directord of lower priority obeys FRR, takes over on its priority 0, and gives way when it is back', async () => {
    const { lab: on, capture, frr: start } = await up('frr-high', family);
    await on.host('d1').directord(yaml(family, 100));
    await until(async () => (await ourState(on)) === 'master', 15_000, 'directord as master');
    const frr = await start(200);
    await agree(on, frr, 'backup', 'Master');
    const { counters, master, version } = await instance(on);
    expect(master).toMatch(family === 'IPv4' ? /^172\.28\.128\.90$/ : /^fe80::/);
    expect(version).toBe(3);
    // Its checksum is over the pseudo-header, as is ours by default: nothing differs.
    expect([counters.dropped, counters.differing]).toEqual([{}, {}]);
    expect(await on.host('d1').hasAddress('eth1', served)).toBe(false);
    const stopped = now(capture);
    await frr.stop();
    const took = await handedOver(capture, 'FRR', 'directord', stopped);
    say(`${family}: priority 0 of FRR → directord speaks: ${took.toFixed(1)} ms, skew ${skew(100).toFixed(1)} ms`);
    expect(took).toBeGreaterThan(skew(100) - 2);
    expect(took).toBeLessThan(skew(100) + MARGIN_MS);
    await until(() => on.host('d1').hasAddress('eth1', served), 5_000, 'the address here');
    await frr.again();
    await agree(on, frr, 'backup', 'Master');
    await until(async () => !(await on.host('d1').hasAddress('eth1', served)), 5_000, 'no address here');
  }, 90_000);
});

describe('directord and FRR, version 3 on IPv4, with the checksum that RFC 9568 has', () => {
  it('FRR understands the checksum over the pseudo-header alone: with rfc9568 there are two masters, and we say why', async () => {
    const { lab: on, capture, frr: start } = await up('frr-sum', 'IPv4');
    await on.host('d1').directord(yaml('IPv4', 200, '      checksum: rfc9568'));
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
    for (const who of ['directord', 'FRR'] as const) expect(capture.packets.some(from(who)), who).toBe(true);
  }, 90_000);
});

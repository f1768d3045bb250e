import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { type Host, Lab, type LabProcess, type Packet } from '../lab.js';
import { pause, type Speaker, until, type Which } from './pair.js';

const VIP = '172.28.128.200';
const ADDRESS: Readonly<Record<Which, string>> = { d1: '172.28.128.60', d2: '172.28.128.90' };
const PRIORITY: Readonly<Record<Which, number>> = { d1: 100, d2: 50 };
/** Processes that wait for each other on a busy machine of two cores. */
/** With it a stop still counts as one: three intervals would be more. */
const MARGIN_MS = 250;

interface Speech {
  readonly intervalMs: number;
  readonly more?: string;
}

const yaml = (which: Which, { intervalMs, more = '' }: Speech): string => `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      priority: ${PRIORITY[which]}
      advert_int: ${intervalMs}ms
      virtual_addresses: [${VIP}/24]
${more}
`;

const conf = (which: Which, { intervalMs }: Speech): string => `
global_defs {
  vrrp_version 3
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth1
  virtual_router_id 50
  priority ${PRIORITY[which]}
  advert_int ${intervalMs / 1000}
  virtual_ipaddress {
    ${VIP}/24 dev eth1
  }
}
`;

/** Active_Down_Interval of RFC 9568 §6.1 in ms, computed apart from directord's own code. */
const activeDown = (which: Which, intervalMs: number): number => 3 * intervalMs + skew(which, intervalMs);
const skew = (which: Which, intervalMs: number): number => ((256 - PRIORITY[which]) * intervalMs) / 256;

const from = (which: Which) => (p: Packet) => p.vrrp !== undefined && p.ip?.source === ADDRESS[which];
const announcement = (p: Packet): boolean => p.arp?.gratuitous === true && p.arp.sender === VIP;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

async function up(name: string): Promise<Lab> {
  const hosts = Object.fromEntries(Object.entries(ADDRESS).map(([host, ip]) => [host, { eth1: `${ip}/24` }]));
  lab = await Lab.up({ name, hosts: { ...hosts, client: { eth1: '172.28.128.10/24' } } });
  return lab;
}

const start = (host: Host, which: Which, speaker: Speaker, speech: Speech): Promise<LabProcess> =>
  speaker === 'directord' ? host.directord(yaml(which, speech)) : host.keepalived(conf(which, speech));

async function alone(on: Lab, which: Which): Promise<void> {
  const has = (host: Which): Promise<boolean> => on.host(host).hasAddress('eth1', `${VIP}/24`);
  const other = which === 'd1' ? 'd2' : 'd1';
  await until(async () => (await has(which)) && !(await has(other)), 20_000, `${which} alone with the address`);
}

async function status(host: Host): Promise<StatusReport['instances'][number]> {
  const { stdout } = await host.directorctl(['status', '--json']);
  return (JSON.parse(stdout) as StatusReport).instances[0] as StatusReport['instances'][number];
}

/** d1 dies or stops; d2 takes over in time; d1 comes back and takes the address again, and d2 says nothing more. */
async function failsOver(on: Lab, d1: Speaker, d2: Speaker, how: 'SIGKILL' | 'SIGTERM', mine: Speech, theirs: Speech) {
  const running = await start(on.host('d1'), 'd1', d1, mine);
  await start(on.host('d2'), 'd2', d2, theirs);
  await alone(on, 'd1');
  // A backup that is still starting takes over when it has started.
  if (d2 === 'directord') {
    const waits = async () => (await status(on.host('d2')).catch(() => null))?.state === 'backup';
    await until(waits, 30_000, 'd2 in BACKUP');
  }
  const capture = await on.host('client').tcpdump('eth1', 'proto 112 or arp');
  await capture.waitFor(from('d1'), 'advert of d1');
  await pause(5 * mine.intervalMs);
  expect(capture.packets.filter(from('d2'))).toEqual([]);
  const before = capture.packets.at(-1)?.at ?? 0;
  running.kill(how);
  const first = await capture.waitFor(from('d2'), 'advert of d2', 10_000, before);
  // Sent by another thread right after the advert: on a busy machine the capture may see them the other way round.
  const arp = await capture.waitFor(announcement, 'gratuitous ARP', 2_000, first.at - 5_000);
  const said = capture.packets.filter((p) => p.at < first.at && from('d1')(p)).at(-1);
  const resigned = said?.vrrp?.priority === 0;
  expect(resigned).toBe(how === 'SIGTERM');
  const limit = resigned ? skew('d2', mine.intervalMs) : activeDown('d2', mine.intervalMs);
  const took = (arp.at - (said?.at ?? 0)) / 1000;
  expect(took).toBeGreaterThan(limit - 2);
  expect(took).toBeLessThan(limit + MARGIN_MS);
  await alone(on, 'd2').catch((error: Error) => {
    // A killed process leaves its address behind; a child that outlives it takes the address away.
    if (how === 'SIGTERM') throw error;
  });
  // keepalived refuses to start beside one that is still on its way out.
  await running.exited;
  const later = capture.packets.at(-1)?.at ?? 0;
  await start(on.host('d1'), 'd1', d1, mine);
  const back = await capture.waitFor((p) => from('d1')(p) && p.vrrp?.priority === 100, 'd1 again', 10_000, later);
  await alone(on, 'd1');
  await pause(500);
  const late = (await capture.stop()).filter((p) => p.at > back.at + 50_000 && from('d2')(p));
  expect(late.map((p) => (p.at - back.at) / 1000)).toEqual([]);
}

describe('version 3 with adverts every 100 ms', () => {
  const tenth: Speech = { intervalMs: 100 };

  it('fails over between two directords in 3 intervals and the skew, or in the skew after a stop', async () => {
    await failsOver(await up('v3-pair'), 'directord', 'directord', 'SIGKILL', tenth, tenth);
    await lab?.down();
    await failsOver(await up('v3-pair'), 'directord', 'directord', 'SIGTERM', tenth, tenth);
  }, 120_000);

  it('takes over from keepalived, and gives the address back to it', async () => {
    await failsOver(await up('v3-from-k'), 'keepalived', 'directord', 'SIGTERM', tenth, tenth);
  }, 60_000);

  it('is taken over by keepalived, and takes the address back from it', async () => {
    await failsOver(await up('v3-to-k'), 'directord', 'keepalived', 'SIGTERM', tenth, tenth);
    await lab?.down();
    await failsOver(await up('v3-to-k'), 'directord', 'keepalived', 'SIGKILL', tenth, tenth);
  }, 120_000);

  it('waits by the interval of a slower keepalived, and says that it is another one', async () => {
    const on = await up('v3-learn');
    await failsOver(on, 'keepalived', 'directord', 'SIGTERM', { intervalMs: 600 }, tenth);
    const { counters, version, state } = await status(on.host('d2'));
    expect({ version, state }).toEqual({ version: 3, state: 'backup' });
    expect(counters.differing['other-interval']).toBeGreaterThan(0);
    expect(counters.dropped).toEqual({});
  }, 60_000);
});

describe('a pair of version 3 whose checksums differ', () => {
  it('works, tells so on both sides, and tshark finds the one as RFC 9568 has it and the other as keepalived has it', async () => {
    const on = await up('v3-checksum');
    const plain: Speech = { intervalMs: 100, more: '      checksum: rfc9568' };
    const running = await on.host('d1').directord(yaml('d1', plain));
    await on.host('d2').directord(yaml('d2', { intervalMs: 100 }));
    await alone(on, 'd1');
    expect(await shark(on, true)).toEqual(['3|50|100|1|']);
    running.kill('SIGTERM');
    await alone(on, 'd2');
    expect(await shark(on, false)).toEqual(['3|50|50|1|']);
    const { counters } = await status(on.host('d2'));
    expect(counters.dropped).toEqual({});
    expect(counters.differing).toEqual({ 'other-checksum': expect.any(Number) });
  }, 60_000);

  /** What tshark says of five adverts: version, VRID, priority, whether the checksum is good, what is odd. */
  async function shark(on: Lab, messageOnly: boolean): Promise<string[]> {
    const fields = ['vrrp.version', 'vrrp.virt_rtr_id', 'vrrp.prio', 'vrrp.checksum.status', '_ws.expert'];
    const options = [
      '-o',
      `vrrp.v3_checksum_as_in_v2:${messageOnly ? 'TRUE' : 'FALSE'}`,
      '-T',
      'fields',
      '-E',
      'separator=|',
    ];
    const only = ['-l', '-i', 'eth1', '-f', 'ip proto 112', '-c', '5', ...fields.flatMap((field) => ['-e', field])];
    const { stdout } = await on.host('client').exec(['tshark', ...options, ...only], { timeoutMs: 20_000 });
    return [...new Set(stdout.trim().split('\n'))];
  }
});

describe('version 2 and version 3', () => {
  it('live beside each other on one interface, and an instance drops adverts of the other version', async () => {
    const on = await up('v3-mixed');
    const second = (version: number): string => `    - name: VI_2
      version: ${version}
      interface: eth1
      virtual_router_id: 51
      priority: 100
      virtual_addresses: [172.28.128.201/24]`;
    await on.host('d1').directord(yaml('d1', { intervalMs: 100, more: second(2) }));
    await on.host('d2').directord(yaml('d2', { intervalMs: 100, more: second(3) }));
    const capture = await on.host('client').tcpdump('eth1', 'proto 112');
    await capture.waitFor((p) => p.vrrp?.version === 2 && p.vrrp.virtualRouterId === 51, 'version 2 for VRID 51');
    await capture.waitFor((p) => p.vrrp?.version === 3 && p.vrrp.virtualRouterId === 51, 'version 3 for VRID 51');
    await pause(1_500);
    const { stdout } = await on.host('d1').directorctl(['status', '--json']);
    const found = (JSON.parse(stdout) as StatusReport).instances;
    expect(found.map((i) => [i.name, i.version, i.state, Object.keys(i.counters.dropped)])).toEqual([
      ['VI_1', 3, 'master', []],
      ['VI_2', 2, 'master', ['bad-version']],
    ]);
    expect((await status(on.host('d2'))).state).toBe('backup');
  }, 60_000);
});

import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { type Capture, Lab, type LabProcess, type Packet } from '../lab.js';
import { pause, until, type Which } from './pair.js';

// keepalived 2.2.7 sums version 3 on IPv4 with the pseudo-header, sent and received, and has no setting for the message
// alone as RFC 9568 has it (its old_unicast_checksum is another pseudo-header, for unicast to its versions before 1.3.7).
// So of the four ways that two conventions and two directions make, three work with it; of the fourth, our adverts with
// `checksum: rfc9568` to it, this shows what happens.

const VIP = '172.28.128.200';
const ADDRESS: Readonly<Record<Which, string>> = { d1: '172.28.128.60', d2: '172.28.128.90' };

const yaml = (priority: number, checksum: string): string => `
vrrp:
  instances:
    - name: VI_1
      version: 3
      interface: eth1
      virtual_router_id: 50
      priority: ${priority}
      advert_int: 100ms
      checksum: ${checksum}
      virtual_addresses: [${VIP}/24]
`;

const conf = (priority: number): string => `
global_defs {
  vrrp_version 3
}
vrrp_instance VI_1 {
  state BACKUP
  interface eth1
  virtual_router_id 50
  priority ${priority}
  advert_int 0.1
  virtual_ipaddress {
    ${VIP}/24
  }
}
`;

let lab: Lab | null = null;
afterEach(async () => {
  await lab?.down();
  lab = null;
});

/** directord on d1, keepalived on d2, and a witness. */
async function up(name: string): Promise<{ on: Lab; capture: Capture }> {
  const hosts = Object.fromEntries(Object.entries(ADDRESS).map(([host, ip]) => [host, { eth1: `${ip}/24` }]));
  lab = await Lab.up({ name, hosts: { ...hosts, client: { eth1: '172.28.128.10/24' } } });
  return { on: lab, capture: await lab.host('client').tcpdump('eth1', 'proto 112') };
}

/** Undefined while its control socket is not there yet. */
async function instance(on: Lab): Promise<StatusReport['instances'][number] | undefined> {
  const { status, stdout } = await on.host('d1').directorctl(['status', '--json']);
  return status !== 0 ? undefined : (JSON.parse(stdout) as StatusReport).instances[0];
}

const named = async (on: Lab): Promise<string[]> => ((await instance(on))?.conditions ?? []).map(({ name }) => name);

const from = (which: Which) => (p: Packet) => p.ip?.source === ADDRESS[which] && (p.vrrp?.priority ?? 0) > 0;
const has = (on: Lab, which: Which): Promise<boolean> => on.host(which).hasAddress('eth1', `${VIP}/24`);
const alone = (on: Lab, which: Which): Promise<void> => {
  const other = which === 'd1' ? 'd2' : 'd1';
  return until(async () => (await has(on, which)) && !(await has(on, other)), 10_000, `${which} alone`);
};
const refusals = (keepalived: LabProcess): number => keepalived.output.split(/checksum/i).length - 1;

/** The Internet checksum (RFC 1071), apart from directord's own code: 0 over what carries a good one. */
function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (total > 0xffff) total = (total >>> 16) + (total & 0xffff);
  return ~total & 0xffff;
}

/** Which convention a captured advert goes by. */
function convention({ ip, bytes }: Packet): string {
  const payload = ip?.payload ?? new Uint8Array();
  const ends = bytes.subarray(14 + 12, 14 + 20);
  const pseudo = sum(Uint8Array.of(...ends, 0, 112, 0, payload.length, ...payload)) === 0;
  const message = sum(payload) === 0;
  return [pseudo ? 'pseudo_header' : '', message ? 'rfc9568' : ''].join('');
}

describe('the checksum of version 3 on IPv4, beside keepalived', () => {
  it('7: is over the pseudo-header in both directions by default, and nobody finds anything', async () => {
    const { on, capture } = await up('ck-pseudo');
    const directord = await on.host('d1').directord(yaml(100, 'pseudo_header'));
    const keepalived = await on.host('d2').keepalived(conf(50));
    const ours = await capture.waitFor(from('d1'), 'advert of directord');
    await alone(on, 'd1');
    directord.kill('SIGTERM');
    await directord.exited;
    const theirs = await capture.waitFor(from('d2'), 'advert of keepalived', 5_000, ours.at);
    expect([ours, theirs].map(convention)).toEqual(['pseudo_header', 'pseudo_header']);
    // As backup of keepalived: lower now.
    await on.host('d1').directord(yaml(40, 'pseudo_header'));
    await alone(on, 'd2');
    await until(async () => (await instance(on))?.master === ADDRESS.d2, 5_000, 'keepalived to be heard');
    const found = await instance(on);
    expect(found).toMatchObject({ state: 'backup', conditions: [] });
    expect([found?.counters.dropped, found?.counters.differing]).toEqual([{}, {}]);
    expect(refusals(keepalived)).toBe(0);
  });

  it('7: keepalived’s is understood by one that sends the other, who says so, and takes over when keepalived stops', async () => {
    const { on, capture } = await up('ck-other');
    const keepalived = await on.host('d2').keepalived(conf(100));
    await capture.waitFor(from('d2'), 'advert of keepalived');
    await on.host('d1').directord(yaml(50, 'rfc9568'));
    await until(async () => (await named(on)).includes('other-checksum'), 10_000, 'other-checksum');
    expect(await named(on)).toEqual(['other-checksum']);
    const found = await instance(on);
    expect(found).toMatchObject({ state: 'backup', master: ADDRESS.d2 });
    expect(found?.counters.dropped).toEqual({});
    await alone(on, 'd2');
    keepalived.kill('SIGTERM');
    const ours = await capture.waitFor(from('d1'), 'advert of directord');
    expect(convention(ours)).toBe('rfc9568');
    await alone(on, 'd1');
  });

  it('7: keepalived refuses the message’s alone: both have the address, and we say why; with the default one has it again', async () => {
    const { on, capture } = await up('ck-refused');
    const other = await on.host('d1').directord(yaml(100, 'rfc9568'));
    await capture.waitFor(from('d1'), 'advert of directord');
    // A claim within a second of ours may have crossed it, and would not be told of.
    await pause(1_500);
    const keepalived = await on.host('d2').keepalived(conf(50));
    await until(async () => (await has(on, 'd1')) && (await has(on, 'd2')), 10_000, 'both to have the address');
    // What it refuses arms its advert timer anew all the same: it claims the address, speaks once or twice, and is silent
    // then. So the conflict of addresses tells that it is there, and its few adverts why.
    for (const name of ['other-checksum', 'address-conflict']) {
      await until(async () => (await named(on)).includes(name), 5_000, name);
    }
    expect(refusals(keepalived)).toBeGreaterThan(0);
    other.kill('SIGTERM');
    await other.exited;
    await on.host('d1').directord(yaml(100, 'pseudo_header'));
    await alone(on, 'd1');
  });
});

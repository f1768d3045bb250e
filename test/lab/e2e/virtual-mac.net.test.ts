import { afterEach, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../../src/core/status.js';
import { repo } from '../anchor.js';
import { type Capture, type Host, Lab, type LabProcess, type Packet } from '../lab.js';
import { pause, type Speaker, until, type Which } from './pair.js';

const VIP = '172.28.128.200';
const VMAC = '00:00:5e:00:01:32';
const TREE = '/run/directord-tree';
const ADDRESS: Readonly<Record<Which, string>> = { d1: '172.28.128.60', d2: '172.28.128.90' };
const PRIORITY: Readonly<Record<Which, number>> = { d1: 100, d2: 50 };
/** The largest skew below a second, and processes that wait for each other on a busy machine of two cores. */
const TAKEOVER_MS = 5_000;

type Adverts = 'virtual' | 'base';

const yaml = (which: Which, adverts: Adverts, more = ''): string => `
vrrp:
  instances:
    - name: VI_1
      interface: eth1
      virtual_router_id: 50
      priority: ${PRIORITY[which]}
      virtual_addresses: [${VIP}/24]
      virtual_mac: ${adverts === 'virtual' ? 'true' : '{ adverts: base }'}
${more}
`;

const conf = (which: Which, adverts: Adverts): string => `
vrrp_instance VI_1 {
  state BACKUP
  interface eth1
  use_vmac
  ${adverts === 'base' ? 'vmac_xmit_base' : ''}
  virtual_router_id 50
  priority ${PRIORITY[which]}
  advert_int 1
  virtual_ipaddress {
    ${VIP}/24
  }
}
`;

let lab: Lab | null = null;
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') process.stderr.write(`${lab?.logs()}\n`);
  await lab?.down();
  lab = null;
});

async function up(name: string, sysctl: readonly string[] = []): Promise<Lab> {
  const hosts = Object.fromEntries(Object.entries(ADDRESS).map(([host, ip]) => [host, { eth1: `${ip}/24`, sysctl }]));
  lab = await Lab.up({ name: `vmac-${name}`, hosts: { ...hosts, client: { eth1: '172.28.128.10/24' } } });
  await Promise.all([lab.host('d1').nginx(), lab.host('d2').nginx()]);
  return lab;
}

/** Version 2 with its seconds, or version 3 five times as fast. */
type Pace = 'v2' | 'v3';

const start = (on: Lab, which: Which, speaker: Speaker, adverts: Adverts, pace: Pace = 'v2'): Promise<LabProcess> => {
  const [ours, theirs] = [yaml(which, adverts), conf(which, adverts)];
  if (pace === 'v2')
    return speaker === 'directord' ? on.host(which).directord(ours) : on.host(which).keepalived(theirs);
  if (speaker === 'directord') {
    return on
      .host(which)
      .directord(ours.replace('interface: eth1', 'version: 3\n      advert_int: 200ms\n      interface: eth1'));
  }
  const global = 'global_defs {\n  vrrp_version 3\n}\n';
  return on.host(which).keepalived(global + theirs.replace('advert_int 1', 'advert_int 0.2'));
};

/** Whether a host's macvlan has the address; keepalived's and ours have the same name. */
const carries = async (host: Host): Promise<boolean> => {
  const { status, stdout } = await host.exec(['ip', '-o', 'addr', 'show', 'dev', 'vrrp.50']);
  return status === 0 && stdout.includes(`${VIP}/24`);
};

const alone = (on: Lab, which: Which): Promise<void> =>
  until(
    async () => (await carries(on.host(which))) && !(await carries(on.host(which === 'd1' ? 'd2' : 'd1'))),
    20_000,
    `${which} alone with the address`,
  );

/** The MAC that the client has for the address, without asking anew. */
const known = async (on: Lab): Promise<string | undefined> =>
  /lladdr (\S+)/.exec(await on.host('client').must(['ip', 'neigh', 'show', 'to', VIP]))?.[1];

const settings = (host: Host): Promise<string> =>
  host.must([
    'sh',
    '-c',
    'grep -H . /proc/sys/net/ipv4/conf/eth1/* /proc/sys/net/ipv6/conf/eth1/* 2>/dev/null || true',
  ]);

const adverts = (packets: readonly Packet[], which: Which): readonly Packet[] =>
  packets.filter((p) => p.vrrp !== undefined && p.ip?.source === ADDRESS[which]);

/**
 * Requests from the client reach that host, and a directord leaves nothing but the virtual MAC in the client’s table. (Under
 * keepalived the kernel asks for the client with the address and the interface’s own MAC, which the client then takes over.)
 */
async function served(on: Lab, by: Which, speaker: Speaker = 'directord'): Promise<void> {
  const report = await on.host('client').requests(5, `http://${VIP}/`);
  expect(report.byBody).toEqual({ [by]: 5 });
  if (speaker === 'directord') expect(await known(on)).toBe(VMAC);
}

/** Every MAC that answers for an address. */
async function answers(on: Lab, address: string): Promise<string[]> {
  const told = await on.host('client').must(['arping', '-c', '2', '-w', '4', '-I', 'eth1', address]);
  return [...new Set([...told.matchAll(/reply from \S+ \[(\S+)\]/g)].map(([, mac = '']) => mac.toLowerCase()))];
}

/** What anybody on the wire said of the address: always the virtual MAC. */
function said(packets: readonly Packet[]): string[] {
  return [...new Set(packets.filter((p) => p.arp?.sender === VIP).map((p) => p.arp?.senderHardware ?? ''))];
}

async function movesBetween(d1: Speaker, d2: Speaker, how: Adverts, name: string, pace: Pace = 'v3'): Promise<void> {
  const on = await up(name);
  const running = await start(on, 'd1', d1, how, pace);
  // Before the other starts: two that claim at one time are another story (the loser's announcements may be the last).
  await until(() => carries(on.host('d1')), 20_000, 'the address on d1');
  await start(on, 'd2', d2, how, pace);
  await alone(on, 'd1');
  const capture: Capture = await on.host('client').tcpdump('eth1', 'proto 112 or arp');
  await served(on, 'd1', d1);
  await capture.waitFor((p) => adverts([p], 'd1').length > 0, 'advert of d1');
  running.kill('SIGTERM');
  await alone(on, 'd2');
  await served(on, 'd2', d2);
  await running.exited;
  const again = await start(on, 'd1', d1, how, pace);
  await alone(on, 'd1');
  await served(on, 'd1', d1);
  // Both kinds of sender are heard: nobody speaks beside the master.
  await pause(1_500);
  const packets = await capture.stop();
  const end = packets.at(-1)?.at ?? 0;
  expect(adverts(packets, 'd2').filter((p) => p.at > end - 1_000_000)).toEqual([]);
  for (const [which, speaker] of [
    ['d1', d1],
    ['d2', d2],
  ] as const) {
    const from = new Set(adverts(packets, which).map((p) => p.from));
    if (how === 'virtual') expect([speaker, ...from]).toEqual([speaker, VMAC]);
    else expect(from).not.toContain(VMAC);
    expect(from.size).toBe(1);
  }
  if (d1 === 'directord' && d2 === 'directord') expect(said(packets)).toEqual([VMAC]);
  again.kill('SIGTERM');
  await again.exited;
}

describe('a virtual MAC', () => {
  it('stays with its address in a failover between two directords, as the client’s ARP table shows', async () => {
    await movesBetween('directord', 'directord', 'virtual', 'pair', 'v2');
  }, 90_000);

  it('does so too with adverts from the interface itself', async () => {
    await movesBetween('directord', 'directord', 'base', 'base');
  }, 90_000);

  for (const how of ['virtual', 'base'] as const) {
    it(`moves from keepalived to directord and back, adverts ${how}`, async () => {
      await movesBetween('keepalived', 'directord', how, `k-d-${how}`);
    }, 90_000);
    it(`moves from directord to keepalived and back, adverts ${how}`, async () => {
      await movesBetween('directord', 'keepalived', how, `d-k-${how}`);
    }, 90_000);
  }

  it('is announced by gratuitous ARP, and asked for it, its master answers with it; the interface keeps its own', async () => {
    const on = await up('arp');
    await start(on, 'd1', 'directord', 'virtual');
    const capture = await on.host('client').tcpdump('eth1', 'arp');
    await capture.waitFor((p) => p.arp?.gratuitous === true && p.arp.sender === VIP && p.from === VMAC, 'announcement');
    await alone(on, 'd1');
    expect(await answers(on, VIP)).toEqual([VMAC]);
    expect(await answers(on, ADDRESS.d1)).not.toContain(VMAC);
  }, 60_000);

  it('works where all interfaces check the way back strictly', async () => {
    const on = await up('strict', ['net.ipv4.conf.all.rp_filter=1', 'net.ipv4.conf.default.rp_filter=1']);
    await start(on, 'd1', 'directord', 'virtual');
    await start(on, 'd2', 'directord', 'virtual');
    await alone(on, 'd1');
    await served(on, 'd1');
  }, 60_000);
});

describe('a virtual MAC for IPv6', () => {
  const LINK_LOCAL = 'fe80::200';
  const VIP6 = '2001:db8::200';
  const VMAC6 = '00:00:5e:00:02:32';
  const yaml6 = (which: Which): string =>
    yaml(which, 'virtual')
      .replace('interface: eth1', 'version: 3\n      interface: eth1')
      .replace(`${VIP}/24`, `${LINK_LOCAL}/64, ${VIP6}/64`);
  const carries6 = async (host: Host): Promise<boolean> =>
    (await host.exec(['ip', '-o', 'addr', 'show', 'dev', 'vrrp6.50'])).stdout.includes(`${VIP6}/64`);

  it('4 · 16 · is what adverts from the interface’s link-local address and neighbour advertisements come with', async () => {
    const own = (last: number): string[] => [`172.28.128.${last}/24`, `2001:db8::${last}/64`];
    lab = await Lab.up({
      name: 'vmac-v6',
      hosts: { d1: { eth1: own(60) }, d2: { eth1: own(90) }, client: { eth1: own(10) } },
    });
    const on = lab;
    const capture = await on.host('client').tcpdump('eth1', 'ip6 proto 112 or icmp6');
    const d1 = await on.host('d1').directord(yaml6('d1'));
    await on.host('d2').directord(yaml6('d2'));
    const alone6 = (which: Which, other: Which): Promise<void> =>
      until(
        async () => (await carries6(on.host(which))) && !(await carries6(on.host(other))),
        20_000,
        `${which} alone`,
      );
    await alone6('d1', 'd2');
    const seen = async (): Promise<void> => {
      await on.host('client').must(['ping', '-n', '-c', '3', '-i', '0.2', '-W', '1', VIP6]);
      expect(await on.host('client').must(['ip', '-6', 'neigh', 'show', 'to', VIP6])).toContain(VMAC6);
    };
    await seen();
    d1.kill('SIGTERM');
    await alone6('d2', 'd1');
    await seen();
    expect(await on.host('d1').must(['ip', '-o', 'link'])).not.toContain('vrrp6.50');
    const sent = (await capture.stop()).filter((p) => p.vrrp !== undefined);
    expect(new Set(sent.map((p) => p.from))).toEqual(new Set([VMAC6]));
    for (const host of ['d1', 'd2'] as const) {
      const ownLinkLocal = (await on.host(host).addresses('eth1')).find((a) => a.cidr.startsWith('fe80:'))?.cidr;
      expect(sent.map((p) => canonical(p.ip?.source ?? ''))).toContain(canonical(ownLinkLocal?.split('/')[0] ?? ''));
    }
  }, 90_000);
});

/** Addresses from packets and from `ip` are written alike. */
const canonical = (address: string): string => new URL(`http://[${address}]/`).hostname;

describe('the interface of a virtual MAC', () => {
  it('is gone after a stop, and every setting is as it was', async () => {
    const on = await up('stop');
    const host = on.host('d1');
    const before = await settings(host);
    const running = await start(on, 'd1', 'directord', 'virtual');
    await alone(on, 'd1');
    expect(await settings(host)).not.toBe(before);
    running.kill('SIGTERM');
    expect(await running.exited).toMatchObject({ status: 0 });
    expect(await settings(host)).toBe(before);
    expect(await host.must(['ip', '-o', 'link'])).not.toContain('vrrp.50');
  }, 60_000);

  it('is adopted after a SIGKILL, and the settings of before the first life are put back at the end', async () => {
    const on = await up('kill');
    const host = on.host('d1');
    const before = await settings(host);
    const running = await start(on, 'd1', 'directord', 'virtual');
    await alone(on, 'd1');
    const index = async (): Promise<string> =>
      (await host.must(['ip', '-o', 'link', 'show', 'vrrp.50'])).split(':')[0] ?? '';
    const first = await index();
    running.kill('SIGKILL');
    await running.exited;
    await until(async () => !(await carries(host)), TAKEOVER_MS, 'the address taken away by the director');
    expect(await index()).toBe(first);
    const next = await start(on, 'd1', 'directord', 'virtual');
    await alone(on, 'd1');
    await served(on, 'd1');
    expect(await index()).toBe(first);
    next.kill('SIGTERM');
    await next.exited;
    expect(await settings(host)).toBe(before);
  }, 60_000);

  it('needs no more than CAP_NET_ADMIN and CAP_NET_RAW, with IPv4’s settings also where /proc/sys is read-only', async () => {
    const on = await up('least');
    const host = on.host('d1');
    const before = await settings(host);
    await host.must(['install', '-d', '-o', 'nobody', '-g', 'nogroup', '/run/directord', '/var/lib/directord', TREE]);
    await host.must(['mount', '--bind', repo, TREE]);
    // The lab's own folder is closed to others.
    const file = '/run/directord/directord.yaml';
    await host.must([
      'install',
      '-m',
      '644',
      host.write('least.yaml', yaml('d1', 'virtual', '      accept: false')),
      file,
    ]);
    const two = '-all,+net_admin,+net_raw';
    const least = [`--inh-caps=${two}`, '--ambient-caps=+net_admin,+net_raw', `--bounding-set=${two}`];
    const user = ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups', '--no-new-privs', ...least];
    const readOnly = 'mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys && exec "$@"';
    const command = [process.execPath, `${TREE}/dist/bin/directord.js`, 'run', '--config', file];
    const running = await host.start(
      ['unshare', '-m', 'sh', '-c', readOnly, 'sh', 'env', '-C', '/', ...user, ...command],
      {
        name: 'directord',
      },
    );
    await until(() => carries(host), 20_000, 'the address');
    expect(await answers(on, VIP)).toEqual([VMAC]);
    expect((await on.host('client').requests(1, `http://${VIP}/`, 500)).ok).toBe(0);
    // IPv6's are in /proc/sys only: what could not be done is said.
    expect(running.output).toContain('/proc/sys/net/ipv6/conf/vrrp.50/disable_ipv6');
    running.kill('SIGTERM');
    expect(await running.exited).toMatchObject({ status: 0 });
    expect(await settings(host)).toBe(before);
    expect(await host.must(['nft', 'list', 'ruleset'])).toBe('');
  }, 60_000);

  it('that somebody else has made is an error that says so, and is used by nobody until it is away', async () => {
    const on = await up('foreign');
    const host = on.host('d1');
    await host.must(['ip', 'link', 'add', 'vrrp.50', 'type', 'bridge']);
    const running = await start(on, 'd1', 'directord', 'virtual');
    const reasons = async (): Promise<string> => {
      const { stdout } = await host.directorctl(['status', '--json']);
      const [instance] = (JSON.parse(stdout || '{"instances":[]}') as StatusReport).instances;
      return instance === undefined ? '' : `${instance.state}: ${instance.reasons.join()}`;
    };
    await until(async () => (await reasons()).startsWith('fault'), 20_000, 'a fault');
    expect(await reasons()).toMatch(/^fault: no virtual MAC: .*vrrp\.50: a bridge .*ip link delete vrrp\.50/);
    await host.must(['ip', 'link', 'delete', 'vrrp.50']);
    await alone(on, 'd1');
    running.kill('SIGTERM');
    await running.exited;
  }, 60_000);

  it('comes back with its address when somebody removes it, and when its parent was away', async () => {
    const on = await up('removed');
    const host = on.host('d1');
    await start(on, 'd1', 'directord', 'virtual');
    await start(on, 'd2', 'directord', 'virtual');
    await alone(on, 'd1');
    await host.must(['ip', 'link', 'delete', 'vrrp.50']);
    await until(() => carries(host), 5_000, 'the address again');
    await served(on, 'd1');
    await on.cut('d1', 'eth1');
    await alone(on, 'd2');
    await served(on, 'd2');
    await on.heal('d1', 'eth1');
    await alone(on, 'd1');
    await served(on, 'd1');
  }, 90_000);
});

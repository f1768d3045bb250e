import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEDULERS } from '../../core/ipvs/tables.js';
import { settledByIpvsadm } from '../ipvsadm-rules.js';
import { type Host, Lab, type LabProcess } from '../lab.js';
import { until } from './pair.js';

/** A virtual address and two real servers of each family. */
const FAMILIES = {
  4: { vip: '10.20.0.100', of: (n: number) => `10.20.0.${n}`, other: '[fd20::11]', mark: 'ipv4', bits: 24 },
  6: { vip: '[fd20::100]', of: (n: number) => `[fd20::${n}]`, other: '10.20.0.11', mark: 'ipv6', bits: 64 },
} as const;

type Family = keyof typeof FAMILIES;

/** Every option of a service and of a server, and what ipvsadm is to say of it, in the form of `settled`. */
function everyOption(family: Family): { readonly yaml: readonly string[]; readonly expected: readonly string[] } {
  const { vip, of, other, mark, bits } = FAMILIES[family];
  const fwmark = family === 4 ? 'fwmark' : 'fwmark6';
  const yaml: string[] = [];
  const expected: string[] = [];
  const add = (text: string, ...lines: string[]): void => {
    yaml.push(`    - ${text}`);
    expected.push(...lines);
  };
  SCHEDULERS.forEach((scheduler, i) => {
    add(
      `{ address: "${vip}:${100 + i}", scheduler: ${scheduler}, servers: [{ address: "${of(11)}:${100 + i}" }] }`,
      `tcp/${vip}:${100 + i} ${scheduler} 0`,
      `tcp/${vip}:${100 + i} -> ${of(11)}:${100 + i} dr 1`,
    );
  });
  for (const [port, scheduler, flags, shown] of [
    [200, 'sh', 'fallback, port', ' 1 2'],
    [201, 'mh', 'fallback', ' 1'],
    [202, 'mh', 'port', ' 2'],
  ] as const) {
    add(
      `{ address: "${vip}:${port}", scheduler: ${scheduler}, scheduler_flags: [${flags}], servers: [] }`,
      `tcp/${vip}:${port} ${scheduler} 0${shown}`,
    );
  }
  add(
    `{ address: "${vip}:300", protocol: sctp, forward: masq, scheduler: wrr, servers: [{ address: "${of(11)}:301", weight: 7 }, { address: "${of(12)}:302", weight: 0 }] }`,
    `sctp/${vip}:300 wrr 0`,
    `sctp/${vip}:300 -> ${of(11)}:301 masq 7`,
    `sctp/${vip}:300 -> ${of(12)}:302 masq 0`,
  );
  add(
    `{ address: "${vip}:5060", protocol: udp, scheduler: rr, one_packet: true, persistence: 90s, persistence_granularity: ${bits}, persistence_engine: sip, servers: [] }`,
    `udp/${vip}:5060 rr 90 /${bits} pe=sip ops`,
  );
  add(
    `{ address: "${vip}:*", scheduler: rr, persistence: 5m, servers: [{ address: "${of(11)}" }] }`,
    `tcp/${vip}:0 rr 300`,
    `tcp/${vip}:0 -> ${of(11)}:0 dr 1`,
  );
  // A group: ports, a range and a mark share the servers, which have the port of each.
  add(
    `{ name: group${family}, addresses: ["${vip}:400", "${vip}:410-412", { fwmark: 40, family: ${mark} }], scheduler: wlc, servers: [{ address: "${of(11)}", weight: 2, upper_threshold: 1000, lower_threshold: 800 }, { address: "${of(12)}", forward: masq }] }`,
    ...[400, 410, 411, 412].flatMap((port) => [
      `tcp/${vip}:${port} wlc 0`,
      `tcp/${vip}:${port} -> ${of(11)}:${port} dr 2 <1000 >800`,
      `tcp/${vip}:${port} -> ${of(12)}:${port} masq 1`,
    ]),
    `${fwmark}/40 wlc 0`,
    `${fwmark}/40 -> ${of(11)}:0 dr 2 <1000 >800`,
    `${fwmark}/40 -> ${of(12)}:0 masq 1`,
  );
  add(
    `{ fwmark: 4294967295, family: ${mark}, scheduler: nq, servers: [{ address: "${of(11)}", forward: masq, upper_threshold: 5 }] }`,
    `${fwmark}/4294967295 nq 0`,
    `${fwmark}/4294967295 -> ${of(11)}:0 masq 1 <5 >0`,
  );
  // Tunnels, of the service and of single servers; one to the other family.
  const tunnels = [
    `{ address: "${of(11)}:500" }`,
    `{ address: "${of(12)}:500", tunnel: { type: gre, checksum: csum } }`,
    `{ address: "${of(13)}:500", tunnel: { type: gre } }`,
    `{ address: "${of(14)}:500", tunnel: { type: gue, port: 6081, checksum: remcsum } }`,
    `{ address: "${of(15)}:500", tunnel: { type: ipip } }`,
    `{ address: "${of(16)}:500", forward: dr }`,
    `{ address: "${other}:500" }`,
  ];
  add(
    `{ address: "${vip}:500", scheduler: rr, forward: tunnel, tunnel: { type: gue, port: 6080, checksum: csum }, servers: [${tunnels.join(', ')}] }`,
    `tcp/${vip}:500 rr 0`,
    `tcp/${vip}:500 -> ${of(11)}:500 tunnel 1 gue:6080:csum`,
    `tcp/${vip}:500 -> ${of(12)}:500 tunnel 1 gre:0:csum`,
    `tcp/${vip}:500 -> ${of(13)}:500 tunnel 1 gre:0:none`,
    `tcp/${vip}:500 -> ${of(14)}:500 tunnel 1 gue:6081:remcsum`,
    `tcp/${vip}:500 -> ${of(15)}:500 tunnel 1`,
    `tcp/${vip}:500 -> ${of(16)}:500 dr 1`,
    `tcp/${vip}:500 -> ${other}:500 tunnel 1 gue:6080:csum`,
  );
  return { yaml, expected };
}

describe('a file with every option of a service', () => {
  let lab: Lab;
  let host: Host;
  let directord: LabProcess;
  const options = ([4, 6] as const).map(everyOption);
  const expected = [
    ...options.flatMap((o) => o.expected),
    // A group of both families, each with a granularity of its own.
    'tcp/10.20.0.100:600 rr 60 /24',
    'tcp/10.20.0.100:600 -> 10.20.0.11:600 tunnel 1',
    'tcp/[fd20::100]:600 rr 60 /64',
    'tcp/[fd20::100]:600 -> 10.20.0.11:600 tunnel 1',
  ].sort();

  beforeAll(async () => {
    lab = await Lab.up({ name: 'svc', hosts: { d1: { eth1: ['10.20.0.100/24', 'fd20::100/64'] } } });
    host = lab.host('d1');
    directord = await host.directord(`control: { group: root }
ipvs:
  on_stop: clear
  timeouts: { tcp: 60s, tcp_fin: 30s, udp: 20s }
  services:
${options.flatMap((o) => o.yaml).join('\n')}
    - { name: both, addresses: ["10.20.0.100:600", "[fd20::100]:600"], scheduler: rr, forward: tunnel, persistence: 1m, persistence_granularity: { ipv4: 24, ipv6: 64 }, servers: [{ address: 10.20.0.11 }] }
`);
  });
  afterAll(async () => {
    await lab?.down();
  });

  const standing = async (): Promise<string[]> =>
    settledByIpvsadm(await host.must(['ipvsadm', '-S', '-n']), await host.must(['ipvsadm', '-Ln', '--thresholds']));
  const timeouts = async (): Promise<string> => (await host.must(['ipvsadm', '-Ln', '--timeout'])).trim();

  it('is read back from ipvsadm -S and -Ln as it was written, on IPv4 and IPv6', async () => {
    await until(async () => (await standing()).length >= expected.length, 60_000, 'the whole table');
    expect(await standing()).toEqual(expected);
    const listed = await host.must(['ipvsadm', '-Ln']);
    expect(listed).toMatch(/UDP {2}10\.20\.0\.100:5060 rr persistent 90 mask 255\.255\.255\.0 pe sip ops/);
    expect(listed).toMatch(/UDP {2}\[fd20::100\]:5060 rr persistent 90 mask 64 pe sip ops/);
    expect(listed).toMatch(/TCP {2}\[fd20::100\]:200 sh \(sh-fallback,sh-port\)/);
    expect(listed).toMatch(/FWM {2}40 IPv6 wlc/);
  });

  it('has its timeouts set, and put right when somebody else sets them', async () => {
    // They are set right after the table.
    await until(async () => (await timeouts()).endsWith(': 60 30 20'), 20_000, 'the timeouts of the file');
    await host.must(['ipvsadm', '--set', '900', '31', '0']);
    await until(async () => (await timeouts()).endsWith(': 60 30 20'), 20_000, 'the timeouts of the file');
  });

  it('stands still: nothing is edited that is as it should be', async () => {
    await until(async () => (await host.directorctl(['status'])).status === 0, 20_000, 'its control socket');
    const events = await host.directorctl(['events', '--json', '--no-follow']);
    expect(events).toMatchObject({ status: 0, stderr: '' });
    // What is put right, or refused, is an event of the table.
    expect(events.stdout).not.toContain('"table"');
    const shown = await host.directorctl(['status', '--json']);
    const status = JSON.parse(shown.stdout) as {
      problems: string[];
      services: { name: string; addresses?: string[] }[];
    };
    expect(status.problems).toEqual([]);
    expect(status.services.find((s) => s.name === 'group4')?.addresses).toHaveLength(5);
  });

  it('drains a server that is named by its IPv6 address, with brackets and port or as somebody typed it', async () => {
    const row = 'tcp/[fd20::100]:500 -> [fd20::13]:500 tunnel';
    expect(await host.directorctl(['drain', '[fd20::13]:500'])).toMatchObject({ status: 0, stderr: '' });
    expect(await standing()).toContain(`${row} 0 gre:0:none`);
    expect(await host.directorctl(['undrain', 'FD20:0::13'])).toMatchObject({ status: 0, stderr: '' });
    expect(await standing()).toContain(`${row} 1 gre:0:none`);
  });

  it('is gone after a stop that clears, and the kernel has its own timeouts again', async () => {
    directord.kill('SIGTERM');
    expect(await directord.exited).toMatchObject({ status: 0 });
    expect(await standing()).toEqual([]);
    expect(await timeouts()).toBe('Timeout (tcp tcpfin udp): 900 120 300');
  });
});

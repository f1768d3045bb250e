import { describe, expect, test } from 'vitest';
import { checkHost } from '../../src/config/host.js';
import { formatProblem, parseConfig } from '../../src/config/load.js';
import { schedulersIn } from '../../src/config/schedulers.js';
import { service } from './bad/row.js';

function read(...lines: string[]) {
  const result = parseConfig(service(...lines, 'servers: [{ address: 172.28.128.110:80 }]'), 'f.yaml');
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result;
}

const ETC = 'without a module';

describe('a scheduler', () => {
  test.each(['rr', 'wrr', 'lc', 'wlc', 'fo', 'ovf', 'lblc', 'lblcr', 'dh', 'sh', 'mh', 'sed', 'nq', 'twos'])(
    'of Linux’s own is taken without a word: %s',
    (name) => expect(read(`scheduler: ${name}`).warnings).toEqual([]),
  );

  test.each([
    ['rrr', `Linux has no scheduler rrr of its own, did you mean rr? ${ETC} ip_vs_rrr the kernel refuses the service`],
    [
      'wrlc',
      `Linux has no scheduler wrlc of its own, did you mean wlc? ${ETC} ip_vs_wrlc the kernel refuses the service`,
    ],
    ['vendor', `Linux has no scheduler vendor of its own: ${ETC} ip_vs_vendor the kernel refuses the service`],
    ['none', 'tcp/172.28.128.200:80 has no scheduler: no new connection is taken'],
  ])('that is none of Linux’s own is worth a warning: %s', (name, message) => {
    expect(read(`scheduler: ${name}`).warnings.map(formatProblem)).toEqual([
      `f.yaml:4:18: ipvs.services[0].scheduler: ${message}`,
    ]);
  });

  function onHost(name: string | null, schedulers: readonly string[] | null): string[] {
    const { config, locate } = read(name === null ? 'forward: dr' : `scheduler: ${name}`);
    const interfaces = new Map([['eth1', config.ipvs.services.flatMap((s) => s.address?.address ?? [])]]);
    const facts = { interfaces, scripts: new Map(), users: new Map(), ipvs: 'loaded' } as const;
    const found = checkHost(config, { ...facts, schedulers: schedulers && new Set(schedulers) });
    return found.map((f) => formatProblem(locate(f)));
  }

  test('that the kernel does not have is a problem of this host', () => {
    expect(onHost('rrr', ['wlc', 'rr', 'vendor'])).toEqual([
      'f.yaml:4:18: ipvs.services[0].scheduler: found rrr, which this kernel does not have (there is no module ip_vs_rrr), did you mean rr? allowed: rr, wlc, vendor',
    ]);
    expect(onHost('mh', ['rr', 'sh'])).toEqual([
      'f.yaml:4:18: ipvs.services[0].scheduler: found mh, which this kernel does not have (there is no module ip_vs_mh); allowed: rr, sh',
    ]);
    expect(onHost(null, [])).toEqual([
      'f.yaml:3:7: ipvs.services[0].scheduler: found wlc, which this kernel does not have (there is no module ip_vs_wlc); allowed: none, as it has no scheduler at all',
    ]);
  });

  test('that the kernel has, or that nothing is known of, is none', () => {
    expect(onHost('vendor', ['vendor'])).toEqual([]);
    expect(onHost('my-own', ['my_own'])).toEqual([]);
    expect(onHost('none', ['rr'])).toEqual([]);
    expect(onHost('rrr', null)).toEqual([]);
  });
});

describe('the schedulers of a kernel', () => {
  const found = (builtin: string, dep: string, loaded: string) => {
    const names = schedulersIn({ builtin, dep, loaded });
    return names === null ? null : [...names];
  };
  const PATH = 'kernel/net/netfilter/ipvs';

  test('are built in, can be loaded, packed or not, or are loaded already', () => {
    const dep = [
      `${PATH}/ip_vs.ko.zst: kernel/lib/libcrc32c.ko.zst`,
      `${PATH}/ip_vs_rr.ko.zst: ${PATH}/ip_vs.ko.zst`,
      `${PATH}/ip_vs_wrr.ko.xz: ${PATH}/ip_vs.ko.xz`,
      `${PATH}/ip_vs_mh.ko.gz:`,
      `${PATH}/ip_vs_ftp.ko: ${PATH}/ip_vs_no.ko`,
      `${PATH}/ip_vs_pe_sip.ko: ${PATH}/ip_vs.ko`,
      'extra/ip_vs_my-own.ko:',
    ].join('\n');
    const loaded = 'ip_vs_late 16384 2 - Live 0x0000000000000000\nip_vs 200704 4 ip_vs_late, Live 0x0000000000000000\n';
    expect(found(`kernel/fs/ext4/ext4.ko\n${PATH}/ip_vs_wlc.ko\n`, dep, loaded)).toEqual([
      'wlc',
      'rr',
      'wrr',
      'mh',
      'my_own',
      'late',
    ]);
    expect(found(`${PATH}/ip_vs.ko\n`, '', '')).toEqual([]);
  });

  test('are not known where the modules’ directory does not tell of IPVS, as in a container', () => {
    expect(found('', '', '')).toBeNull();
    expect(found('kernel/fs/ext4/ext4.ko\n', 'kernel/drivers/net/tun.ko:\n', '')).toBeNull();
    expect(found('', '', 'ip_vs_rr 16384 2 - Live 0x0\nip_vs 200704 4 ip_vs_rr, Live 0x0\n')).toBeNull();
  });
});

import fc from 'fast-check';
import { createColors } from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderStatus } from '../../src/cli/status-view.js';
import { plain, type Style } from '../../src/cli/table.js';
import { instance, NOW, report, server, service } from './reports.js';

const c = createColors(true);
const colored: Style = { width: 80, good: c.green, bad: c.red, warn: c.yellow, quiet: c.dim, strong: c.bold };
const shown = (r = report(), style: Style = { ...plain, width: 80 }) => `\n${renderStatus(r, style, NOW)}`;
const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('status for people', () => {
  it('shows the virtual address and its state first, then services, in 80 columns', () => {
    expect(shown()).toBe(`
INSTANCE  STATE   VIP                IF    VRID  PRIO/EFF  MASTER         SINCE
VI_1      MASTER  172.28.128.200/24  eth1    50   100/100  172.28.128.60  3m12s

TCP 172.28.128.200:80 rr  web  UP 3m10s  2 of 2 in use  12 conn/s  in 12.3kB/s
  SERVER             FWD  W/EFF  ACTIVE  INACT  HEALTH  SINCE  ADMIN  CHECK
  172.28.128.110:80  dr     1/1       0     25  up      3m10s  ready  0.4ms
  172.28.128.120:80  dr     1/1       0     25  up      3m10s  ready  0.4ms

directord 0.1.0 on Balance1, up 3m12s
`);
  });

  it('shows that an instance was given away, and since when', () => {
    const since = '2026-01-01T00:57:00.000Z';
    const reasons = [`failover by admin since ${since}: stays backup until directorctl resume VI_1`];
    const held = instance({ state: 'backup', admin: 'failover', adminSince: since, master: '172.28.128.90', reasons });
    expect(shown(report({ instances: [held], services: [] }), plain)).toBe(`
INSTANCE  STATE              VIP                IF    VRID  PRIO/EFF  MASTER         SINCE
VI_1      BACKUP (failover)  172.28.128.200/24  eth1    50   100/100  172.28.128.90  3m12s  failover by admin since 2026-01-01T00:57:00.000Z: stays backup until directorctl resume VI_1

directord 0.1.0 on Balance1, up 3m12s
`);
  });

  it('shows what agents say, and one that does not answer', () => {
    const agent = { address: '10.0.0.1:8081', says: '50%', since: report().services[0]?.since ?? null, ignored: null };
    const answer = { ok: true, milliseconds: 1, reason: null };
    const dead = { ok: false, milliseconds: 1, reason: 'connection refused' };
    const servers = [
      server({ agent: { ...agent, lastAnswer: answer } }),
      server({ agent: { ...agent, says: 'up', lastAnswer: answer } }),
      server({ agent: { ...agent, says: 'stopped (deploying)', lastAnswer: dead } }),
    ];
    const text = shown(report({ services: [service({ servers })] }), { ...plain, width: 160 });
    expect([...text.matchAll(/0\.4ms(.*)/g)].map(([, note]) => note)).toEqual([
      '  agent: 50%',
      '',
      '  agent: stopped (deploying); its agent does not answer: connection refused',
    ]);
  });

  it('shows a drained server, a dead one, and why', () => {
    const down = { ok: false, milliseconds: 1000.3, reason: 'status 503, expected 200-299' };
    const servers = [
      server({ admin: 'drain', effectiveWeight: 0, activeConnections: 3 }),
      server({ address: '172.28.128.120:80', health: 'down', effectiveWeight: null, lastCheck: down }),
    ];
    const problems = ['server 172.28.128.120:80 of web is down: status 503, expected 200-299'];
    const state = { state: 'backup', effectivePriority: 50, reasons: ['script chk_web failed'] } as const;
    const wide = { ...plain, width: 120 };
    const all = report({ instances: [instance(state)], services: [service({ servers })], problems });
    expect(shown(all, wide)).toBe(`
INSTANCE  STATE   VIP                IF    VRID  PRIO/EFF  MASTER         SINCE
VI_1      BACKUP  172.28.128.200/24  eth1    50    100/50  172.28.128.60  3m12s  script chk_web failed

TCP 172.28.128.200:80 rr  web  UP 3m10s  0 of 2 in use  12 conn/s  in 12.3kB/s
  SERVER             FWD  W/EFF  ACTIVE  INACT  HEALTH  SINCE  ADMIN  CHECK
  172.28.128.110:80  dr     1/0       3     25  up      3m10s  drain  0.4ms
  172.28.128.120:80  dr     1/-       0     25  down    3m10s  ready   1.0s  status 503, expected 200-299

directord 0.1.0 on Balance1, up 3m12s

1 problem
! server 172.28.128.120:80 of web is down: status 503, expected 200-299
`);
  });

  it('shows what an administrator decided, who, since when, and what takes it back', () => {
    const since = '2026-01-01T00:56:50.000Z';
    const by = 'uid 0, pid 7';
    const servers = [
      server({ admin: 'drain', effectiveWeight: 0, adminSince: since, adminBy: by }),
      server({ effectiveWeight: 5, weightOverride: { value: 5, since, by: null } }),
      server({ admin: 'disabled', effectiveWeight: null, adminSince: since, weightOverride: { value: 5, since, by } }),
    ];
    const all = report({ instances: [], services: [service({ servers })] });
    expect(shown(all, { ...plain, width: 200 })).toBe(`
TCP 172.28.128.200:80 rr  web  UP 3m10s  1 of 3 in use  12 conn/s  in 12.3kB/s
  SERVER             FWD  W/EFF  ACTIVE  INACT  HEALTH  SINCE  ADMIN     CHECK
  172.28.128.110:80  dr     1/0       0     25  up      3m10s  drain     0.4ms  drained 3m10s ago by uid 0, pid 7 (back: undrain)
  172.28.128.110:80  dr   1>5/5       0     25  up      3m10s  ready     0.4ms  weight 5 instead of 1, set 3m10s ago (back: weight ADDRESS default)
  172.28.128.110:80  dr   1>5/-       0     25  up      3m10s  disabled  0.4ms  disabled 3m10s ago (back: enable); weight 5 instead of 1, set 3m10s ago by uid 0, pid 7 (back: weight ADDRESS default)

directord 0.1.0 on Balance1, up 3m12s
`);
  });

  it('puts what does not fit on lines of its own', () => {
    const reason = 'interface eth1 has no carrier; script chk_web failed: exit status 3 after 2 of 2 attempts';
    const fault = instance({ state: 'fault', master: null, effectivePriority: 0, reasons: [reason] });
    const more = instance({ name: 'VI_2', addresses: ['10.0.0.1/32', '10.0.0.2/32'], master: '10.0.0.1' });
    expect(shown(report({ instances: [fault, more], services: [], problems: [reason] }))).toBe(`
INSTANCE  STATE   VIP                IF    VRID  PRIO/EFF  MASTER    SINCE
VI_1      FAULT   172.28.128.200/24  eth1    50     100/0  -         3m12s
    interface eth1 has no carrier; script chk_web failed: exit status 3 after 2
    of 2 attempts
VI_2      MASTER  10.0.0.1/32        eth1    50   100/100  10.0.0.1  3m12s
                  10.0.0.2/32

directord 0.1.0 on Balance1, up 3m12s

1 problem
! interface eth1 has no carrier; script chk_web failed: exit status 3 after 2 of
  2 attempts
`);
  });

  it('keeps the addresses of an instance together, and says what is with it below them', () => {
    const addresses = ['fe80::200/64', '2001:db8::200/64'];
    const two = instance({ addresses, group: 'VG_1', reasons: ['process p1 is missing: none runs (priority -7)'] });
    expect(shown(report({ instances: [two], services: [] }))).toBe(`
INSTANCE  STATE   VIP               IF    VRID  PRIO/EFF  MASTER         SINCE
VI_1      MASTER  fe80::200/64      eth1    50   100/100  172.28.128.60  3m12s
                  2001:db8::200/64
    sync group VG_1; process p1 is missing: none runs (priority -7)

directord 0.1.0 on Balance1, up 3m12s
`);
  });

  it('shows names where servers have them, and cuts those when the terminal is narrow', () => {
    const servers = [
      server({ name: 'frontend-with-a-long-name-1', forward: 'tunnel', health: 'unknown', lastCheck: null }),
    ];
    const named = report({ instances: [], services: [service({ name: 'tcp/172.28.128.200:80', servers })] });
    expect(shown(named)).toBe(`
TCP 172.28.128.200:80 rr  UP 3m10s  1 of 1 in use  12 conn/s  in 12.3kB/s
  SERVER            NAME     FWD    W/EFF ACTIVE INACT HEALTH  SINCE ADMIN CHECK
  172.28.128.110:80 fronten~ tunnel   1/1      0    25 unknown 3m10s ready     -

directord 0.1.0 on Balance1, up 3m12s
`);
  });

  it('leaves columns out of a very narrow terminal and says which', () => {
    const text = shown(report({ instances: [] }), { ...plain, width: 60 });
    expect(text).toBe(`
TCP 172.28.128.200:80 rr  web  UP 3m10s  2 of 2 in use
    12 conn/s  in 12.3kB/s
  SERVER            FWD W/EFF ACTIVE INACT HEALTH ADMIN
  172.28.128.110:80 dr    1/1      0    25 up     ready
  172.28.128.120:80 dr    1/1      0    25 up     ready
  (narrow terminal: CHECK, SINCE left out)

directord 0.1.0 on Balance1, up 3m12s
`);
  });

  it('colours states on a terminal, and adds nothing else', () => {
    const text = renderStatus(report({ problems: ['no IPVS'] }), colored, NOW);
    expect(text).toContain(`${c.green('MASTER')}`);
    const plainText = renderStatus(report({ problems: ['no IPVS'] }), { ...plain, width: 80 }, NOW);
    const sgr = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    expect(text.replace(sgr, '')).toBe(plainText);
  });

  it('does not let a web server steer the terminal by its answer', () => {
    const evil = { ok: false, milliseconds: 1, reason: '\u001b]0;owned\u0007\u009b2J\u202egnp\nx' };
    const text = shown(report({ services: [service({ servers: [server({ lastCheck: evil })] })] }), {
      ...plain,
      width: 200,
    });
    expect(text).toContain('?]0;owned??2J?gnp?x');
  });

  it('says that nothing is configured', () => {
    const nothing = report({ instances: [], services: [] });
    expect(shown(nothing)).toBe('\ndirectord 0.1.0 on Balance1, up 3m12s, nothing configured\n');
    const empty = service({ servers: [], state: 'down', connectionRate: null, inByteRate: null, outByteRate: null });
    expect(shown(report({ instances: [], services: [empty] }))).toBe(`
TCP 172.28.128.200:80 rr  web  DOWN 3m10s  0 of 0 in use  not in the kernel
  no servers

directord 0.1.0 on Balance1, up 3m12s
`);
  });

  it('stays within any terminal of 70 columns and more, whatever the servers are called', () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const ip = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
    const anyServer = fc
      .record({
        address: fc.tuple(ip, fc.integer({ min: 1, max: 65_535 })).map(([a, p]) => `${a}:${p}`),
        name: fc.option(fc.stringMatching(/^[a-z0-9-]{1,60}$/)),
        activeConnections: fc.nat(99_999),
        health: fc.constantFrom('up', 'down', 'unknown'),
        admin: fc.constantFrom('ready', 'drain', 'disabled'),
        forward: fc.constantFrom('dr', 'masq', 'tunnel'),
      } as const)
      .map((over) => server(over as Partial<ReturnType<typeof server>>));
    fc.assert(
      fc.property(fc.array(anyServer, { maxLength: 5 }), fc.integer({ min: 70, max: 200 }), (servers, width) => {
        const text = shown(report({ instances: [], services: [service({ servers })] }), { ...plain, width });
        expect(widest(text)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

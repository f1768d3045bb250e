import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatProblem, loadConfig, parseConfig } from '../../src/config/load.js';
import { instance, service } from './bad/row.js';

const folder = mkdtempSync(join(tmpdir(), 'directord-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function valid(text: string, host?: string) {
  const result = parseConfig(text, 'f.yaml', host);
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join('\n'));
  return result;
}

async function refused(path: string): Promise<string[]> {
  const result = await loadConfig(path);
  return result.ok ? ['valid'] : result.problems.map((p) => formatProblem(p).replace(folder, ''));
}

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

test('the example of the design is read with its values', () => {
  const { config } = valid(`
router_id: Balance1
track:
  scripts:
    - { name: chk_web, command: [/usr/bin/systemctl, is-active, --quiet, nginx], interval: 2s, timeout: 2s, weight: 0 }
${instance('priority: 100', 'auth: { type: pass, pass: netology }', 'track: { scripts: [chk_web], interfaces: [eth1] }')}
${service(
  'name: web',
  'scheduler: rr',
  'check: { type: http, path: /, expect_status: [200-299], interval: 2s, timeout: 1s, rise: 1, fall: 3 }',
  'servers: [{ address: 172.28.128.110:80, weight: 1 }]',
)}`);
  const check = {
    type: 'http',
    http_version: 1.1,
    method: 'GET',
    path: '/',
    host: null,
    headers: [],
    urls: null,
    expect_status: [{ from: 200, to: 299 }],
    expect_headers: [],
    expect_body: null,
    expect_sha256: null,
    port: null,
    interval: 2_000_000,
    timeout: 1_000_000,
    retries: 0,
    retry_delay: 1_000_000,
    jitter: 0,
    address: null,
    bind: null,
    mark: null,
    rise: 1,
    fall: 3,
  };
  expect(config).toEqual({
    router_id: 'Balance1',
    state_dir: null,
    http: null,
    control: { socket: '/run/directord/control.sock', group: 'directord' },
    director: { grace: 30_000_000 },
    log: { level: 'info' },
    track: {
      scripts: [
        {
          name: 'chk_web',
          command: ['/usr/bin/systemctl', 'is-active', '--quiet', 'nginx'],
          interval: 2_000_000,
          timeout: 2_000_000,
          rise: 1,
          fall: 1,
          weight: 0,
          reverse: false,
          user: null,
        },
      ],
      processes: [],
      files: [],
      services: [],
      routes: [],
      quorums: [],
    },
    vrrp: {
      instances: [
        {
          name: 'VI_1',
          version: 2,
          interface: 'eth1',
          virtual_router_id: 50,
          priority: 100,
          advert_int: 1_000_000,
          preempt: true,
          preempt_delay: 0,
          accept: true,
          notify: null,
          virtual_mac: null,
          auth: { type: 'pass', pass: 'netology' },
          checksum: null,
          unicast: null,
          source: null,
          connection_sync: null,
          virtual_addresses: [
            {
              interface: 'eth1',
              cidr: { address: '172.28.128.200', prefix: 24 },
              broadcast: null,
              scope: 'global',
              label: null,
            },
          ],
          excluded_addresses: [],
          routes: [],
          rules: [],
          track: {
            scripts: [{ name: 'chk_web', weight: null, reverse: null }],
            interfaces: [{ name: 'eth1', weight: 0, reverse: false, up_delay: 0, down_delay: 0 }],
            processes: [],
            files: [],
            services: [],
            routes: [],
            quorums: [],
          },
          garp: { first: 5, delay: 5_000_000, second: 5, refresh: 60_000_000 },
        },
      ],
      startup_delay: 0,
      notify_fifo: null,
      sync_groups: [],
    },
    ipvs: {
      on_stop: 'leave',
      drain_timeout: 30_000_000,
      switches: { manage: true, expire_nodest_conn: 1, expire_quiescent_template: 1, conn_reuse_mode: 1 },
      timeouts: { tcp: null, tcp_fin: null, udp: null },
      reconcile_interval: 1_000_000,
      services: [
        {
          name: 'web',
          address: { address: '172.28.128.200', port: 80 },
          addresses: null,
          fwmark: null,
          family: null,
          protocol: 'tcp',
          scheduler: 'rr',
          scheduler_flags: [],
          one_packet: false,
          forward: 'dr',
          tunnel: null,
          persistence: 0,
          persistence_granularity: null,
          persistence_engine: null,
          check,
          agent: null,
          quorum: 1,
          quorum_hysteresis: 0,
          on_quorum_up: null,
          on_quorum_down: null,
          sorry_server: null,
          on_failure: 'remove',
          start: null,
          slow_start: 0,
          only_while_master: null,
          servers: [
            {
              address: { address: '172.28.128.110', port: 80 },
              name: null,
              weight: 1,
              forward: 'dr',
              tunnel: null,
              upper_threshold: 0,
              lower_threshold: 0,
              check: { ...check, port: 80 },
              on_failure: 'remove',
              agent: null,
            },
          ],
        },
      ],
    },
  });
});

test('an instance needs no more than name, interface, VRID and addresses', () => {
  const [first] = valid(instance()).config.vrrp.instances;
  expect(first).toMatchObject({ priority: 100, version: 2, auth: { type: 'none' }, preempt: true });
});

test('a long address keeps its interface, broadcast, scope and label', () => {
  const text = '{ address: 10.0.0.10/32, interface: eth2, broadcast: 10.0.0.255, scope: link, label: eth2:vip }';
  const { config } = valid(instance().replace('172.28.128.200/24', text));
  expect(config.vrrp.instances[0]?.virtual_addresses).toEqual([
    {
      interface: 'eth2',
      cidr: { address: '10.0.0.10', prefix: 32 },
      broadcast: '10.0.0.255',
      scope: 'link',
      label: 'eth2:vip',
    },
  ]);
});

test('routes and rules are read with their family and what the kernel’s defaults are', () => {
  const { config } = valid(
    instance(
      'routes: [{ to: default, interface: eth1, family: 6 }, { to: 10.1.0.0/16, nexthops: [{ via: 10.0.0.1 }] }]',
      'rules: [{ fwmark: 5, table: 100, priority: 10 }, { from: 2001:db8::/32, table: 100, priority: 10 }]',
      'excluded_addresses: [2001:db8::1/64]',
    ),
  );
  const [read] = config.vrrp.instances;
  expect(read?.routes[0]).toMatchObject({ kind: 'route', family: 6, to: { address: '::', prefix: 0 }, table: 254 });
  expect(read?.routes[1]).toMatchObject({ family: 4, nexthops: [{ via: '10.0.0.1', interface: null, weight: 1 }] });
  expect(read?.rules.map((r) => [r.kind, r.family, r.from?.prefix ?? null])).toEqual([
    ['rule', 4, null],
    ['rule', 6, 32],
  ]);
  expect(read?.excluded_addresses[0]).toMatchObject({
    interface: 'eth1',
    cidr: { address: '2001:db8::1', prefix: 64 },
  });
});

test('a service is named by protocol, address and port unless it has a name', () => {
  expect(valid(service('protocol: udp', 'servers: []')).config.ipvs.services[0]?.name).toBe('udp/172.28.128.200:80');
});

test('servers that share a check and a port share the object', () => {
  const { config } = valid(
    service(
      'forward: masq',
      'check: { type: tcp }',
      'servers: [{ address: 10.0.0.1:80 }, { address: 10.0.0.2:80 }, { address: 10.0.0.3:81 }]',
    ),
  );
  const [a, b, c] = (config.ipvs.services[0]?.servers ?? []).map((server) => server.check);
  expect(a).toMatchObject({ type: 'tcp', port: 80 });
  expect(b).toBe(a);
  expect(c).toMatchObject({ type: 'tcp', port: 81 });
});

test('a server overrides forwarding and check of its service, and a check without port has the server’s', () => {
  const { config } = valid(
    service(
      'check: { type: tcp, port: 8080 }',
      'servers: [{ address: 10.0.0.1:80 }, { address: 10.0.0.2:81, forward: masq, check: { type: http } }]',
    ),
  );
  const servers = config.ipvs.services[0]?.servers.map((s) => [
    s.forward,
    s.check?.type,
    s.check !== null && 'port' in s.check ? s.check.port : null,
  ]);
  expect(servers).toEqual([
    ['dr', 'tcp', 8080],
    ['masq', 'http', 81],
  ]);
});

test('a timeout that is left out is the interval of a script, and 1s of a check unless its interval is shorter', () => {
  const { config } = valid(`track: { scripts: [{ name: a, command: [/bin/true], interval: 7s }] }
${service('check: { type: tcp, interval: 200ms }', 'servers: [{ address: 10.0.0.1:80, check: { type: tcp } }, { address: 10.0.0.2:80 }]')}`);
  expect(config.track.scripts[0]?.timeout).toBe(7_000_000);
  expect(config.ipvs.services[0]?.servers.map((s) => s.check?.timeout)).toEqual([1_000_000, 200_000]);
});

test('statuses may be single or ranges, and a body a text or a regular expression', () => {
  const check = (body: string) =>
    valid(service(`check: { type: http, expect_status: [200-299, 301], expect_body: ${body} }`, 'servers: []')).config
      .ipvs.services[0]?.check;
  expect(check('/^ok$/m')).toMatchObject({
    expect_status: [
      { from: 200, to: 299 },
      { from: 301, to: 301 },
    ],
    expect_body: { kind: 'regex', source: '^ok$', flags: 'm' },
  });
  expect(check('welcome')).toMatchObject({ expect_body: { kind: 'text', text: 'welcome' } });
});

test('of an answer to HEAD a check may expect that it has no body', () => {
  const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
  valid(service(`check: { type: http, method: HEAD, expect_sha256: ${nothing} }`, 'servers: []'));
  valid(service('check: { type: http, method: HEAD, urls: [{ path: /, expect_body: /^$/ }] }', 'servers: []'));
});

test('the local address of a check goes with the address to try, where that is not the server’s', () => {
  const own = 'check: { type: tcp, address: "2001:db8::2", bind: "2001:db8::1" }';
  valid(service(own, 'servers: [{ address: 10.0.0.1:80 }]'));
});

test('router_id is the host name that the caller gives unless the file has one', () => {
  expect(valid(instance(), 'lb1').config.router_id).toBe('lb1');
  expect(valid(`router_id: other\n${instance()}`, 'lb1').config.router_id).toBe('other');
});

test('an anchor and its aliases share a check', () => {
  const text = service('check: &c { type: tcp, port: 8080 }', 'servers: [{ address: 10.0.0.1:80, check: *c }]');
  expect(valid(text).config.ipvs.services[0]?.servers[0]?.check).toMatchObject({ type: 'tcp', port: 8080 });
});

test('an error below an alias is told at the anchor, once for each place', () => {
  const text = service('check: &c { type: tcp, fall: 0 }', 'servers: [{ address: 10.0.0.1:80, check: *c }]');
  const result = parseConfig(text, 'f.yaml');
  expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([
    'f.yaml:4:36: ipvs.services[0].check.fall: found 0; allowed: a whole number from 1 to 255',
    'f.yaml:4:36: ipvs.services[0].servers[0].check.fall: found 0; allowed: a whole number from 1 to 255',
  ]);
});

test('what is probably not meant is a warning', () => {
  const text = `track: { scripts: [{ name: a, command: [/bin/true] }] }
${service('servers: []')}
    - { address: 10.0.0.1:80, servers: [{ address: 10.0.0.2:80, weight: 0 }] }`;
  expect(valid(text).warnings.map(formatProblem)).toEqual([
    'f.yaml:1:20: track.scripts[0]: no instance tracks a: it is run for nothing',
    'f.yaml:5:16: ipvs.services[0].servers: tcp/172.28.128.200:80 has no server: nobody is served',
    'f.yaml:7:40: ipvs.services[1].servers: all servers of tcp/10.0.0.1:80 have weight 0: no new connection is taken',
  ]);
});

test('priority 255 is fine by the file alone: only the host knows whose addresses they are', () => {
  expect(valid(instance('priority: 255')).warnings).toEqual([]);
});

test('a file that begins with a byte order mark, or has Windows line ends, is read', async () => {
  expect((await loadConfig(file('bom.yaml', `\uFEFF${instance()}`))).ok).toBe(true);
  expect((await loadConfig(file('crlf.yaml', instance().replaceAll('\n', '\r\n')))).ok).toBe(true);
});

test('loadConfig takes this host’s name', async () => {
  const result = await loadConfig(file('name.yaml', instance()));
  expect(result.ok && result.config.router_id).toBe(hostname());
});

test('files that are no files are told as a problem', async () => {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(await refused(join(folder, 'none.yaml'))).toEqual(['/none.yaml: cannot be read: no such file']);
  expect(await refused(folder)).toEqual([': this is no regular file; allowed: a YAML file']);
  expect(await refused(join(folder, 'pipe'))).toEqual(['/pipe: this is no regular file; allowed: a YAML file']);
  expect(await refused('/dev/zero')).toEqual(['/dev/zero: this is no regular file; allowed: a YAML file']);
  expect(await refused(file('latin1.yaml', Buffer.from('a: \xe4', 'latin1')))).toEqual([
    '/latin1.yaml: this is no text in UTF-8; allowed: a YAML file',
  ]);
  expect(await refused(file('large.yaml', Buffer.alloc(2 ** 20 + 1, '#')))).toEqual([
    '/large.yaml: the file is larger than 1 MiB; allowed: at most 1048576 bytes',
  ]);
});

test('an instance of version 3 takes intervals from 10ms to 40950ms in steps of 10ms, and either checksum', () => {
  for (const [text, interval] of [
    ['10ms', 10_000],
    ['100ms', 100_000],
    ['1.23s', 1_230_000],
    ['40950ms', 40_950_000],
  ] as const) {
    const { config } = valid(instance('version: 3', `advert_int: ${text}`, 'checksum: rfc9568'));
    expect(config.vrrp.instances[0]).toMatchObject({ version: 3, advert_int: interval, checksum: 'rfc9568' });
  }
  expect(valid(instance('version: 3')).config.vrrp.instances[0]).toMatchObject({
    advert_int: 1_000_000,
    auth: { type: 'none' },
    checksum: null,
  });
});

test('takes one VRID on both families of an interface, peers in both forms, and a source', () => {
  const both = instance(
    'version: 3',
    'unicast: { peers: [10.0.0.2, { address: 10.0.0.3, min_ttl: 254 }], ttl: 64 }',
    'source: 10.0.0.1',
  );
  const six = `    - name: VI_6
      version: 3
      interface: eth1
      virtual_router_id: 50
      virtual_addresses: [fe80::200/64, 2001:db8::200/64]
`;
  const { instances } = valid(`${both}${six}`).config.vrrp;
  expect(instances[0]).toMatchObject({
    source: '10.0.0.1',
    unicast: {
      source: null,
      peers: [
        { address: '10.0.0.2', min_ttl: 1, max_ttl: 255 },
        { address: '10.0.0.3', min_ttl: 254, max_ttl: 255 },
      ],
      ttl: 64,
      any_source: false,
    },
  });
  expect(instances[1]?.virtual_addresses.map((a) => a.cidr.address)).toEqual(['fe80::200', '2001:db8::200']);
});

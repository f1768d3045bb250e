import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Ip } from '../../src/values/ip.js';
import { CheckFrom } from '../kernel/support/check-from.js';
import { Network, run } from '../kernel/support/network.js';
import { eventually } from '../kernel/support/wait.js';

const B4 = '10.77.0.2' as Ip;
const B6 = '2001:db8:77::2' as Ip;
const inside = (host: string, ...command: readonly string[]): string => run('ip', 'netns', 'exec', host, ...command);

/** Host a checks, host b is checked: it answers, or says what it is told to. */
describe('checks over a network', () => {
  let network: Network;
  let checks: CheckFrom;
  /** A process without any privilege. */
  let plain: CheckFrom;

  beforeAll(async () => {
    network = new Network();
    const { a, b } = network;
    for (const [i, host] of [a, b].entries()) {
      network.ip(host, '-6', 'address', 'add', `2001:db8:77::${i + 1}/64`, 'dev', 'eth1', 'nodad');
      inside(host, 'sysctl', '-qw', 'net.ipv4.ping_group_range=0 65535');
    }
    // What b forwards to nowhere, and says so.
    inside(
      b,
      'sysctl',
      '-qw',
      'net.ipv4.ip_forward=1',
      'net.ipv6.conf.all.forwarding=1',
      'net.ipv4.icmp_ratelimit=0',
      'net.ipv6.icmp.ratelimit=0',
    );
    network.ip(a, 'route', 'add', '10.88.0.0/16', 'via', B4);
    network.ip(a, '-6', 'route', 'add', '2001:db8:88::/48', 'via', B6);
    network.ip(b, 'route', 'add', 'unreachable', '10.88.1.0/24');
    network.ip(b, 'route', 'add', 'prohibit', '10.88.2.0/24');
    network.ip(b, '-6', 'route', 'add', 'unreachable', '2001:db8:88:1::/64');
    // Addresses of b that answer strangely, see echo-answers.py.
    network.ip(b, 'route', 'add', 'local', '10.98.0.0/24', 'dev', 'lo');
    network.ip(a, 'route', 'add', '10.98.0.0/24', 'via', B4);
    // Only marked packets find this one.
    network.ip(b, 'address', 'add', '10.99.0.1/32', 'dev', 'lo');
    network.ip(a, 'rule', 'add', 'fwmark', '77', 'lookup', '77');
    network.ip(a, 'route', 'add', '10.99.0.1/32', 'via', B4, 'table', '77');
    network.ip(a, 'address', 'add', '10.77.0.11/24', 'dev', 'eth1');
    network.start(
      b,
      'dnsmasq',
      '--keep-in-foreground',
      '--no-resolv',
      '--no-hosts',
      '--conf-file=/dev/null',
      '--pid-file',
      '--user=root',
      '--address=/www.test/192.0.2.1',
      '--address=/www.test/2001:db8::1',
      '--mx-host=test,mail.test,10',
      '--txt-record=test,all is well',
      '--srv-host=_sip._udp.test,sip.test,5060,0,5',
      '--cname=alias.test,www.test',
      '--ptr-record=1.2.0.192.in-addr.arpa,www.test',
      '--local=/test/',
      `--txt-record=big.test,${Array.from({ length: 9 }, (_, i) => String(i).repeat(200)).join(',')}`,
    );
    checks = new CheckFrom(a);
    plain = new CheckFrom(a, [
      // As the same user, who may read this checkout wherever it lies; it is the capabilities that are gone.
      'setpriv',
      '--no-new-privs',
      '--inh-caps=-all',
      '--bounding-set=-all',
    ]);
    await Promise.all([checks.ready, plain.ready]);
    for (let i = 0; i < 50; i++) if ((await dns({ name: 'www.test', record: 'A' })) === 'up') break;
  });

  afterAll(() => {
    checks?.end();
    plain?.end();
    network?.remove();
  });

  const said = async (settings: object, address: Ip, port = 0, by = checks): Promise<string> => {
    const { ok, ours, reason } = await by.attempt(settings, { address, port });
    return ok ? 'up' : `${ours ? 'ours: ' : ''}${reason}`;
  };
  const icmp = (address: Ip, more: object = {}, by = checks) => said({ type: 'icmp', ...more }, address, 0, by);
  const dns = (more: object, address = B4) => said({ type: 'dns', ...more }, address, 53);

  it.each([
    ['ICMP', B4],
    ['ICMPv6', B6],
  ])('%s: a host that answers is up, with small and with fragmented requests', async (_, address) => {
    expect(await icmp(address)).toBe('up');
    expect(await icmp(address, { size: 16 })).toBe('up');
    expect(await icmp(address, { size: 9_000 })).toBe('up');
  });

  it('200 at once go over one socket, and each hears its own answer', async () => {
    const targets = Array.from({ length: 200 }, (_, i) => (i % 100 > 0 ? B4 : ('10.88.1.1' as Ip)));
    const answers = await Promise.all(targets.map((address) => icmp(address)));
    expect(new Set(answers.filter((_, i) => i % 100 > 0))).toEqual(new Set(['up']));
    // The kernel sends no more than 5 such errors at once to a sender (ip_error in net/ipv4/route.c).
    expect(new Set(answers.filter((_, i) => i % 100 === 0))).toEqual(new Set(['host unreachable, says 10.77.0.2']));
  });

  it('a host that does not answer is down after the timeout', async () => {
    inside(network.b, 'sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=1', 'net.ipv6.icmp.echo_ignore_all=1');
    expect(await icmp(B4)).toBe('timed out after 300ms waiting for the echo reply');
    expect(await icmp(B6)).toBe('timed out after 300ms waiting for the echo reply');
    inside(network.b, 'sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=0', 'net.ipv6.icmp.echo_ignore_all=0');
    expect([await icmp(B4), await icmp(B6)]).toEqual(['up', 'up']);
  });

  it('says what a router says, and who', async () => {
    expect(await icmp('10.88.2.1' as Ip)).toBe('prohibited by a filter, says 10.77.0.2');
    expect(await icmp('2001:db8:88:1::1' as Ip)).toBe('no route to host, says 2001:db8:77::2');
    expect(await icmp('10.66.0.1' as Ip)).toBe('network unreachable');
  });

  it('a slow answer counts within the timeout; one to something else, or of somebody else, never does', async () => {
    inside(network.b, 'sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=1');
    const answers = network.start(network.b, 'python3', 'test/probe/echo-answers.py');
    await new Promise((resolve) => answers.stdout?.once('data', resolve));
    // The one that answers is slow by itself on a machine that others use.
    const patient = { interval: '5s', timeout: '5s' };
    const slow = await checks.attempt({ type: 'icmp', ...patient }, { address: '10.98.0.1' as Ip, port: 0 });
    expect(slow).toMatchObject({ ok: true });
    expect(slow.micros).toBeGreaterThan(99_000);
    for (const address of ['10.98.0.2', '10.98.0.3', '10.98.0.4', '10.98.0.5']) {
      expect([address, await icmp(address as Ip)]).toEqual([
        address,
        'timed out after 300ms waiting for the echo reply',
      ]);
    }
    // 500 answers to one question, of which the first counts; those that follow find others still right.
    expect(await icmp('10.98.0.6' as Ip, patient)).toBe('up');
    // While the socket is full of them, the kernel drops what else comes: the next check finds it empty again.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await icmp('10.98.0.7' as Ip, patient)).toBe('up');
    answers.kill('SIGKILL');
  });

  afterEach(() => inside(network.b, 'sysctl', '-qw', 'net.ipv4.icmp_echo_ignore_all=0'));

  it('goes out from another address, and with a mark, where asked to', async () => {
    expect(await icmp('10.99.0.1' as Ip)).toBe('network unreachable');
    expect(await icmp('10.99.0.1' as Ip, { mark: 77 })).toBe('up');
    expect(await icmp(B4, { bind: '10.77.0.11' })).toBe('up');
    expect(await icmp(B4, { bind: '10.77.0.99' })).toBe('ours: no free local port or address on this machine');
    const marked = { name: 'www.test', record: 'A', mark: 77 };
    expect(await dns(marked, '10.99.0.1' as Ip)).toBe('up');
    expect(await dns({ ...marked, transport: 'tcp' }, '10.99.0.1' as Ip)).toBe('up');
    expect(await dns({ ...marked, bind: '10.77.0.11' })).toBe('up');
  });

  it('without privileges a ping socket will do, where the groups may have one', async () => {
    expect(await icmp(B4, {}, plain)).toBe('up');
    expect(await icmp(B6, {}, plain)).toBe('up');
    expect(await icmp('10.88.1.1' as Ip, {}, plain)).toBe('timed out after 300ms waiting for the echo reply');
    expect(await icmp(B4, { mark: 77 }, plain)).toBe(
      'ours: cannot set the mark: setsockopt: EPERM (Operation not permitted)',
    );
  });

  it('without any right to a socket it says so, and that is not held against the server', async () => {
    inside(network.a, 'sysctl', '-qw', 'net.ipv4.ping_group_range=1 0');
    // From an address that has no socket yet.
    expect(await icmp(B4, { bind: '10.77.0.1' }, plain)).toBe(
      'ours: no socket for echo requests: needs CAP_NET_RAW, or a group within net.ipv4.ping_group_range',
    );
  });

  it('a real name server answers every type of record, by UDP and TCP, on IPv4 and IPv6', async () => {
    const records: [record: string, name: string, answer: string][] = [
      ['A', 'www.test', '192.0.2.1'],
      ['AAAA', 'WWW.test.', '2001:db8::1'],
      ['MX', 'test', '10 Mail.test'],
      ['TXT', 'test', 'all is well'],
      ['SRV', '_sip._udp.test', '0 5 5060 sip.test'],
      ['CNAME', 'alias.test', 'www.test'],
      ['PTR', '1.2.0.192.in-addr.arpa', 'www.test'],
    ];
    for (const [record, name, answer] of records) {
      for (const transport of ['udp', 'tcp']) {
        const settings = { name, record, transport, expect_answers: [answer] };
        expect([record, transport, await dns(settings)]).toEqual([record, transport, 'up']);
        expect([record, transport, await dns(settings, B6)]).toEqual([record, transport, 'up']);
      }
    }
  });

  it('an answer that is too long for UDP is asked for again by TCP', async () => {
    const long = Array.from({ length: 9 }, (_, i) => String(i).repeat(200)).join('');
    expect(long.length).toBeGreaterThan(512);
    expect(await dns({ name: 'big.test', record: 'TXT', min_answers: 1 })).toBe('up');
  });

  it('says what came instead of what was expected', async () => {
    expect(await dns({ name: 'www.test', record: 'A', expect_answers: ['192.0.2.2'] })).toBe(
      'no A record 192.0.2.2; came 192.0.2.1',
    );
    expect(await dns({ name: 'none.test', record: 'A' })).toBe('answered nxdomain, expected noerror');
    expect(await dns({ name: 'none.test', record: 'A', expect_rcode: ['noerror', 'nxdomain'] })).toBe('up');
    expect(await dns({ name: 'test', record: 'A' })).toBe('0 A records, expected at least 1');
    expect(await dns({ name: 'test', record: 'A', min_answers: 0 })).toBe('up');
    // Nobody to ask further: what a forwarder without upstream says to keepalived's default question.
    expect(await dns({})).toBe('answered refused, expected noerror');
  });

  it('a host that is not there is down also without a reply that is asked for, though the kernel says so late', async () => {
    // Its neighbour is looked for three times, which takes longer than the check has.
    for (const family of ['ipv4', 'ipv6'])
      inside(network.a, 'sysctl', '-qw', `net.${family}.neigh.eth1.retrans_time_ms=250`);
    const gone = async (address: string): Promise<string[]> => {
      const found: string[] = [];
      for (let i = 0; i < 20; i++) found.push(await said({ type: 'udp' }, address as Ip, 5300));
      return found;
    };
    for (const found of await Promise.all(['10.77.0.200', '2001:db8:77::200'].map(gone))) {
      const first = found.findIndex((each) => each !== 'up');
      expect(first).toBeGreaterThan(0);
      expect(first).toBeLessThan(10);
      expect(new Set(found.slice(first))).toEqual(new Set(['no route to host']));
    }
    // One that comes is up as soon as nothing was heard against it for some seconds; with a reply at once.
    network.ip(network.b, 'address', 'add', '10.77.0.200/24', 'dev', 'eth1');
    const server = network.start(
      network.b,
      'python3',
      '-uc',
      `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('10.77.0.200', 5300))
print('ready')
while True: s.sendto(b'well', s.recvfrom(100)[1])`,
    );
    await new Promise((resolve) => server.stdout?.once('data', resolve));
    await eventually(
      () => said({ type: 'udp' }, '10.77.0.200' as Ip, 5300),
      (found) => found === 'up',
    );
    server.kill('SIGKILL');
  });

  it('a port where nobody listens is told by ICMP', async () => {
    expect(await said({ type: 'dns', name: 'www.test', record: 'A' }, B4, 54)).toBe(
      'port unreachable: nobody listens there',
    );
    expect(await said({ type: 'udp', send: 'hello' }, B6, 54)).toBe('port unreachable: nobody listens there');
    // What the kernel hides by default: without it a host that is gone would be as silent as one that is well.
    const gone = '2001:db8:88:1::1' as Ip;
    expect(await said({ type: 'udp', send: 'hello' }, gone, 54)).toBe('network unreachable');
    expect(await said({ type: 'udp', send: 'hello' }, B6, 53)).toBe('up');
  });
});

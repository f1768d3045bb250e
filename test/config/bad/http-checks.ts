import { type BadFile, check, service } from './row.js';

/** What is said of a key in line 4; the column counts from the brace on. */
const at = (column: number, path: string, message: string): string =>
  `4:${column + 12}: ipvs.services[0].check.${path}: ${message}`;

const NO_BODY = 'found with method: HEAD, but an answer to HEAD has no body; allowed: no such key here, or method: GET';

/** Keys that all checks share, and those of http, https and tls. */
export const rows: readonly BadFile[] = [
  [
    'a jitter above the interval',
    check('{ type: tcp, interval: 1s, jitter: 2s }'),
    at(
      37,
      'jitter',
      'found 2s, more than the interval: the next try would be due before this one; allowed: at most 1s',
    ),
  ],
  [
    'a local address of the other family than the address that is tried',
    check('{ type: tcp, address: 10.0.0.1, bind: "2001:db8::1" }'),
    at(
      40,
      'bind',
      'found "2001:db8::1", which is of another family than the address to try, 10.0.0.1; allowed: an IPv4 address',
    ),
  ],
  [
    'a local address of the other family than the server that is tried',
    check('{ type: http, bind: "2001:db8::1" }'),
    at(
      22,
      'bind',
      'found "2001:db8::1", which is of another family than the address to try, 172.28.128.110; allowed: an IPv4 address',
    ),
  ],
  [
    'a local address of the other family in what servers have of their own, and in an agent',
    service(
      'check: { type: tcp, bind: 10.0.0.1 }',
      'agent: { port: 8081, bind: "2001:db8::1" }',
      'servers: [{ address: 10.0.0.2:80, check: { type: icmp, bind: "2001:db8::1" } }, { address: 10.0.0.3:80 }]',
    ),
    '5:34: ipvs.services[0].agent.bind: found "2001:db8::1", which is of another family than the address to try, 10.0.0.2; allowed: an IPv4 address',
    '6:68: ipvs.services[0].servers[0].check.bind: found "2001:db8::1", which is of another family than the address to try, 10.0.0.2; allowed: an IPv4 address',
  ],
  [
    'a local address for servers of both families',
    service(
      'forward: tunnel',
      'check: { type: tcp, bind: 10.0.0.1 }',
      'servers: [{ address: 10.0.0.2:80 }, { address: "[2001:db8::2]:80" }]',
    ),
    '5:33: ipvs.services[0].check.bind: found "10.0.0.1", which is of another family than the address to try, 2001:db8::2; allowed: no such key here, as servers of both families are tried',
  ],
  [
    'an address that is none, and a mark that is too large',
    check('{ type: tcp, address: 224.0.0.18, mark: 4294967296 }'),
    at(
      24,
      'address',
      'found "224.0.0.18", which is a multicast address; allowed: an address such as 10.0.0.1 or 2001:db8::1',
    ),
    at(42, 'mark', 'found 4294967296; allowed: a whole number from 1 to 4294967295'),
  ],
  [
    'expressions that have no bound in time',
    check('{ type: http, expect_body: "/(a)\\\\1/" }'),
    at(
      29,
      'expect_body',
      'found "/(a)\\\\1/", which refers back to a group, which has no bound in time; allowed: a text that the body contains, or a regular expression such as /^ok$/m',
    ),
  ],
  [
    'a header field that is not to be sent',
    check('{ type: http, headers: ["Host: a", "Connection: close", "X Y: z"] }'),
    at(
      26,
      'headers[0]',
      'found "Host: a", which has a key of its own: host; allowed: a header field such as "X-Check: yes", other than Host, Connection and those of framing',
    ),
    at(
      37,
      'headers[1]',
      'found "Connection: close", which is this program’s to say; allowed: a header field such as "X-Check: yes", other than Host, Connection and those of framing',
    ),
    at(
      58,
      'headers[2]',
      'found "X Y: z"; allowed: a header field such as "X-Check: yes", other than Host, Connection and those of framing',
    ),
  ],
  [
    'a version and a method that there are not',
    check('{ type: http, http_version: 3, method: TRACE }'),
    at(30, 'http_version', 'found 3; allowed: 1.1 or 2'),
    at(41, 'method', 'found "TRACE"; allowed: GET, HEAD, OPTIONS, POST, PUT'),
  ],
  [
    'a path beside urls',
    check('{ type: http, path: /a, urls: [{ path: /b }] }'),
    at(22, 'path', 'found "/a" beside urls; allowed: one of both'),
  ],
  [
    'a body that is expected of an answer to HEAD',
    check('{ type: http, method: HEAD, expect_body: ok }'),
    at(43, 'expect_body', NO_BODY),
  ],
  [
    'a digest of the body of an answer to HEAD, with TLS and in urls',
    check(
      `{ type: https, method: HEAD, expect_sha256: ${'a'.repeat(64)}, urls: [{ path: /a }, { path: /b, expect_body: ok }] }`,
    ),
    at(46, 'expect_sha256', NO_BODY),
    at(158, 'urls[1].expect_body', NO_BODY),
  ],
  [
    'urls without one, and a digest that is none',
    check('{ type: https, urls: [], expect_sha256: abc }'),
    at(23, 'urls', 'found an empty list; allowed: a list of urls such as { path: /health }'),
    at(42, 'expect_sha256', 'found "abc"; allowed: a SHA-256 digest of 64 hexadecimal digits, as sha256sum prints it'),
  ],
  [
    'authorities that nothing is verified with',
    check('{ type: tls, ca: /etc/ca.pem }'),
    at(19, 'ca', 'found "/etc/ca.pem", which has no use without verify; allowed: verify: true beside it, or no ca'),
  ],
  [
    'keys of TLS of a grpc check without TLS',
    check('{ type: grpc, ca: /etc/ca.pem, verify: true, min_days_left: 7 }'),
    at(20, 'ca', 'found "/etc/ca.pem", which has no use without TLS; allowed: tls: true beside it, or no ca'),
    at(41, 'verify', 'found true, which has no use without TLS; allowed: tls: true beside it, or no verify'),
    at(62, 'min_days_left', 'found 7, which has no use without TLS; allowed: tls: true beside it, or no min_days_left'),
  ],
  [
    'authorities of a grpc check that verifies nothing',
    check('{ type: grpc, tls: true, ca: /etc/ca.pem }'),
    at(31, 'ca', 'found "/etc/ca.pem", which has no use without verify; allowed: verify: true beside it, or no ca'),
  ],
  [
    'an address where a name is asked for',
    check('{ type: tls, server_name: 10.0.0.1 }'),
    at(28, 'server_name', 'found "10.0.0.1"; allowed: a host name such as example.org'),
  ],
  [
    'a key of https with http',
    check('{ type: http, verify: true }'),
    at(
      16,
      'verify',
      'unknown key; allowed: type, http_version, method, path, host, headers, urls, expect_status, expect_headers, expect_body, expect_sha256, address, bind, mark, port, interval, timeout, retries, retry_delay, jitter, rise, fall',
    ),
  ],
];

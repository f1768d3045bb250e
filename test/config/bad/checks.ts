import { type BadFile, check, service } from './row.js';

const servers = 'servers: [{ address: 172.28.128.110:80 }]';
const agent = (text: string): string => service(`agent: ${text}`, servers);

/** Checks by udp, dns, icmp, script and file, and agents. */
export const rows: readonly BadFile[] = [
  [
    'a udp check with bytes that are none',
    check('{ type: udp, send_hex: "0af", expect_hex: zz }'),
    '4:37: ipvs.services[0].check.send_hex: found "0af", which has an odd number of digits; allowed: bytes as hexadecimal digits such as 0aff00 or "0a ff 00"',
    '4:56: ipvs.services[0].check.expect_hex: found "zz"; allowed: bytes as hexadecimal digits such as 0aff00 or "0a ff 00", an x where any digit will do',
  ],
  [
    'bytes without quotes',
    check('{ type: udp, send_hex: 1234 }'),
    '4:37: ipvs.services[0].check.send_hex: found 1234, which is a number: put it into quotes; allowed: bytes as hexadecimal digits such as 0aff00 or "0a ff 00"',
  ],
  [
    'a udp check with two payloads and two answers',
    check(
      '{ type: udp, send: a, send_hex: "00", expect: b, expect_hex: "01", min_reply_length: 9, max_reply_length: 8 }',
    ),
    '4:46: ipvs.services[0].check.send_hex: found send_hex beside send; allowed: one of the two',
    '4:75: ipvs.services[0].check.expect_hex: found expect_hex beside expect; allowed: one of the two',
    '4:99: ipvs.services[0].check.min_reply_length: found 9, more than max_reply_length; allowed: at most 8',
  ],
  [
    'a udp check that expects something of a reply that need not come',
    check('{ type: udp, require_reply: false, expect: ok }'),
    '4:42: ipvs.services[0].check.require_reply: found false beside what the reply must be like; allowed: true, or no such key',
  ],
  [
    'a dns check for a name that is none',
    check('{ type: dns, name: a..b, record: HINFO, expect_rcode: [noerr] }'),
    '4:33: ipvs.services[0].check.name: found "a..b", which has an empty label; allowed: a domain name such as www.example.org, or "." for the root',
    '4:47: ipvs.services[0].check.record: found "HINFO"; allowed: A, AAAA, NS, CNAME, SOA, PTR, MX, TXT, SRV',
    '4:69: ipvs.services[0].check.expect_rcode[0]: found "noerr"; allowed: noerror, formerr, servfail, nxdomain, notimp, refused, yxdomain, yxrrset, nxrrset, notauth, notzone',
  ],
  [
    'answers that no such record can be',
    check('{ type: dns, record: A, expect_answers: [192.0.2.1, "::1"] }'),
    '4:66: ipvs.services[0].check.expect_answers[1]: found "::1", which is no A record; allowed: an IPv4 address',
  ],
  [
    'a mail exchanger without its preference',
    check('{ type: dns, record: MX, expect_answers: [mail.example.org] }'),
    '4:56: ipvs.services[0].check.expect_answers[0]: found "mail.example.org", which is no MX record; allowed: a preference and a name such as "10 mail.example.org"',
  ],
  [
    'an icmp check with a port',
    check('{ type: icmp, port: 80 }'),
    '4:28: ipvs.services[0].check.port: unknown key; allowed: type, size, address, bind, mark, interval, timeout, retries, retry_delay, jitter, rise, fall',
  ],
  [
    'an icmp check without room for what tells its answers apart',
    check('{ type: icmp, size: 8 }'),
    '4:34: ipvs.services[0].check.size: found 8; allowed: a whole number from 16 to 65400',
  ],
  [
    'a script with a relative path, and one that is a text',
    check('{ type: script, command: [bin/ok] }'),
    '4:40: ipvs.services[0].check.command[0]: found "bin/ok"; allowed: an absolute path, which begins with "/"',
  ],
  [
    'a file check without a path',
    check('{ type: file, missing: maybe }'),
    '4:14: ipvs.services[0].check.path: missing; allowed: an absolute path, which begins with "/"',
    '4:37: ipvs.services[0].check.missing: found "maybe"; allowed: up, down',
  ],
  [
    'an agent without a port, and slower than its interval',
    agent('{ interval: 1s, timeout: 2s }'),
    '4:14: ipvs.services[0].agent.port: missing; allowed: a whole number from 1 to 65535',
  ],
  [
    'an agent that answers later than the next question',
    agent('{ port: 8081, interval: 1s, timeout: 2s }'),
    '4:51: ipvs.services[0].agent.timeout: found 2s, more than the interval: the next try would begin before this one ends; allowed: at most 1s',
  ],
];

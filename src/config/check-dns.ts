import { z } from 'zod';
import { DNS_RCODES } from '../values/dns.js';
import { canonicalName, parseDomainName } from '../values/domain-name.js';
import { parseIp } from '../values/ip.js';
import { network, timing } from './check-shared.js';
import { flag, listOf, mapping, matching, oneOf, parsed, whole, wrong } from './fields.js';

const RECORDS = ['A', 'AAAA', 'NS', 'CNAME', 'SOA', 'PTR', 'MX', 'TXT', 'SRV'] as const;

const domainName = () =>
  parsed(
    'a domain name such as www.example.org, or "." for the root',
    (text) => {
      const labels = parseDomainName(text);
      return typeof labels === 'string' ? wrong(labels) : canonicalName(text);
    },
    { examples: ['www.example.org', '.'] },
  );

/** How many numbers stand before the name in a record's data. */
const NUMBERS: Readonly<Record<string, number>> = { NS: 0, CNAME: 0, PTR: 0, MX: 1, SRV: 3 };
const EXAMPLES: Readonly<Record<string, string>> = {
  A: 'an IPv4 address',
  AAAA: 'an IPv6 address',
  NS: 'a domain name',
  CNAME: 'a domain name',
  PTR: 'a domain name',
  MX: 'a preference and a name such as "10 mail.example.org"',
  SRV: 'priority, weight, port and name such as "0 5 5060 sip.example.org"',
};

/** An expected answer as a decoder writes it, or null where no such record can be. */
function canonicalAnswer(record: (typeof RECORDS)[number], text: string): string | null {
  if (record === 'TXT' || record === 'SOA') return text;
  if (record === 'A' || record === 'AAAA') {
    const address = parseIp(text);
    return address !== null && address.includes(':') === (record === 'AAAA') ? address : null;
  }
  const words = text.trim().split(/\s+/);
  const name = words.pop() ?? '';
  const numbers = words.map((word) => (/^\d{1,5}$/.test(word) && Number(word) <= 65_535 ? Number(word) : -1));
  if (numbers.length !== NUMBERS[record] || numbers.includes(-1)) return null;
  return typeof parseDomainName(name) === 'string' ? null : [...numbers, canonicalName(name)].join(' ');
}

/** `check: { type: dns }` */
export const dns = mapping({
  type: z
    .literal('dns')
    .describe('A name server answers a question as expected: by UDP, and by TCP where that answer was cut off.'),
  name: domainName().prefault('.').describe('The name that is asked for.'),
  record: oneOf(RECORDS).prefault('SOA').describe('The type of record that is asked for.'),
  recursion: flag().prefault(true).describe('Whether the server is asked to ask others (the RD bit).'),
  transport: oneOf(['udp', 'tcp']).prefault('udp').describe('How it is asked; tcp is TCP from the beginning.'),
  expect_rcode: listOf(
    z.enum(DNS_RCODES, { error: (issue) => `found ${JSON.stringify(issue.input)}; allowed: ${DNS_RCODES.join(', ')}` }),
    'response codes such as [noerror, nxdomain]',
  )
    .min(1, { error: 'found an empty list; allowed: response codes such as [noerror, nxdomain]' })
    .prefault(['noerror'])
    .describe('The response codes that count as success.'),
  expect_answers: listOf(
    matching(/^[^\0]{1,1024}$/, 'a record’s data such as 192.0.2.1 (quote it)'),
    'records’ data such as [192.0.2.1]',
  )
    .prefault([])
    .describe(
      'Records that must be among the answers, each as in a zone file: an address, a name, `10 mail.example.org` of an MX; the text of a TXT without quotes.',
    ),
  min_answers: whole(0, 256)
    .prefault(1)
    .describe('So many records of the type at least, where the code is noerror. 0: an empty answer will do.'),
  ...network,
  ...timing,
}).superRefine(({ record, expect_answers }, context) => {
  for (const [i, text] of expect_answers.entries()) {
    if (canonicalAnswer(record, text) !== null) continue;
    const message = `found ${JSON.stringify(text)}, which is no ${record} record; allowed: ${EXAMPLES[record]}`;
    context.addIssue({ code: 'custom', path: ['expect_answers', i], message });
  }
});

/** The expected answers as a decoder writes them: names in lower case with their root. */
export const canonicalAnswers = (check: Pick<z.output<typeof dns>, 'record' | 'expect_answers'>): readonly string[] =>
  check.expect_answers.map((text) => canonicalAnswer(check.record, text) ?? text);

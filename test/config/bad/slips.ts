import type { BadFile } from './row.js';

const deeper = (line: number, more = ''): string =>
  `this is no YAML: this line is indented deeper than line ${line}, which has a value already; allowed: the keys of one mapping, and the dashes of one list, in one column${more}`;
const noDash = (line: number): string =>
  `this is no YAML: no dash, where line ${line} has one in this column; allowed: "- " before each entry, its other keys deeper than the dash`;
const GLUED = 'this is no YAML: a dash without a space behind it; allowed: "- " before each entry of a list';
const QUOTE =
  'this is no YAML: a quote is opened here that is not closed in this line; allowed: the same quote behind the text';
const IPV6 =
  'this is no YAML: an IPv6 address in brackets is a list to YAML; allowed: quotes around it, as in "[2001:db8::1]:80"';
const BLANK = 'found a no-break space (U+00A0), which is no space to YAML; allowed: spaces';

/** A list of services; the first line of `lines` is line 3. */
const services = (...lines: string[]): string => `ipvs:\n  services:\n${lines.map((line) => `${line}\n`).join('')}`;
const WEB = ['    - name: web', '      address: 10.0.0.1:80'];
const SERVERS = [...WEB, '      servers:', '        - { address: 10.0.0.2:80 }'];

export const rows: readonly BadFile[] = [
  ['a space too many', services(...WEB, '       scheduler: rr', '      servers: []'), `5:8: ${deeper(4)}`],
  ['a space too many behind a dash', services('    - name: web', '       scheduler: rr'), `4:8: ${deeper(3)}`],
  ['a space too many below quotes', services('    - name: "web"', '       scheduler: rr'), `4:8: ${deeper(3)}`],
  ['a space too many below braces', services('    - check: {}', '       scheduler: rr'), `4:8: ${deeper(3)}`],
  ['a space too many at the top', 'router_id: a\n ipvs: {}\n', `2:2: ${deeper(1)}`],
  [
    'a space too few',
    services(...WEB, '     scheduler: rr', '      servers: []'),
    '5:6: this is no YAML: wrong indentation: 5 spaces; allowed: 6 as in line 4',
  ],
  [
    'a space too few before a dash, below a comment',
    services(...WEB, '    # The other', '   - name: b'),
    '6:4: this is no YAML: wrong indentation: 3 spaces; allowed: 4 as in line 3',
  ],
  [
    'a space too many behind a dash, and keys without it',
    services('    -  name: web', '      address: 10.0.0.1:80'),
    '4:7: this is no YAML: wrong indentation: 6 spaces; allowed: 7 as in line 3',
  ],
  ['a dash forgotten before braces', services(...SERVERS, '        { address: 10.0.0.3:80 }'), `7:9: ${noDash(6)}`],
  ['a dash forgotten before a key', services(...SERVERS, '        address: 10.0.0.3:80'), `7:9: ${noDash(6)}`],
  [
    'a dash forgotten before the first key, with others deeper',
    services('    name: web', '      address: 10.0.0.1:80'),
    `4:7: ${deeper(3, ', or "- " before line 3')}`,
  ],
  [
    'a dash forgotten before the first entry',
    services('    name: web', '    - name: other'),
    '3:5: this is no YAML: no dash, where line 4 has one in this column; allowed: "- " before each entry of a list, and none before the keys of a mapping',
  ],
  [
    'a dash too many',
    services(...WEB, '      - scheduler: rr'),
    '5:7: this is no YAML: a dash, where line 3 has none in this column; allowed: "- " before each entry of a list, and none before the keys of a mapping',
  ],
  [
    'a dash without its space before braces',
    services(...SERVERS, '        -{ address: 10.0.0.3:80 }'),
    `7:9: ${GLUED}`,
  ],
  [
    'a dash without its space before the first braces of a list',
    services(...WEB, '      servers:', '        -{ address: 10.0.0.3:80 }', '        - { address: 10.0.0.4:80 }'),
    `6:9: ${GLUED}`,
  ],
  ['a dash without its space before a key', services('    -name: web', '      servers: []'), `3:5: ${GLUED}`],
  ['a quote that is never closed', services('    - name: "web', '      address: 10.0.0.1:80'), `3:13: ${QUOTE}`],
  [
    'a quote that the quote of a later line closes',
    services('    - name: "web', '      address: 10.0.0.1:80', '      scheduler: "rr"'),
    `3:13: ${QUOTE}`,
  ],
  ['a quote within braces that is never closed', services("    - { name: 'it''s, servers: [] }"), `3:15: ${QUOTE}`],
  [
    'a quote that is never closed behind others that are',
    services(
      `    - name: "a \\" b" # isn't`,
      "      notify: 'it''s",
      "        two lines'",
      '      address: "10.0.0.1:80',
    ),
    `6:16: ${QUOTE}`,
  ],
  ['an IPv6 address without quotes', services('    - address: [2001:db8::1]:80'), `3:16: ${IPV6}`],
  ['an IPv6 address without quotes in a list', services('    - addresses:', '        - [::1]:80'), `4:11: ${IPV6}`],
  ['an IPv6 address without quotes in braces', services('    - { address: [2001:db8::1]:80 }'), `3:18: ${IPV6}`],
  ['an IPv6 address without quotes in brackets', services('    - addresses: [[2001:db8::1]:80]'), `3:19: ${IPV6}`],
  [
    'a no-break space as indentation',
    services('    - name: web', '    \u00a0 address: 10.0.0.1:80', '      servers: []'),
    `4:5: this is no YAML: ${BLANK}`,
  ],
  [
    'a no-break space behind a colon',
    services('    - name:\u00a0web', '      servers: []'),
    `3:12: this is no YAML: ${BLANK}`,
  ],
  ['a no-break space that makes a key of its line', 'ipvs: {}\n\u00a0 vrrp: {}\n', `2:1: "\\u00a0 vrrp": ${BLANK}`],
  [
    'a bracket that is never closed, before further keys',
    services('    - addresses: [10.0.0.1:80', '      servers: []'),
    '3:18: this is no YAML: a bracket is opened here that is not closed; allowed: ] behind it',
  ],
  [
    'a brace that is closed as a bracket',
    services('    - servers: [ { address: 10.0.0.1:80 ]', 'vrrp: {}'),
    '3:18: this is no YAML: a brace is opened here that is not closed; allowed: } behind it',
  ],
];

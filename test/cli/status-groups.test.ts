import { expect, test } from 'vitest';
import { renderStatus } from '../../src/cli/status-view.js';
import { plain } from '../../src/cli/table.js';
import type { ServiceStatus } from '../../src/core/status.js';
import { NOW, report, service } from './reports.js';

/** The line about one service, up to its state. */
const head = (over: Partial<ServiceStatus>): string =>
  renderStatus(report({ instances: [], services: [service({ servers: [], ...over })] }), { ...plain, width: 160 }, NOW)
    .split('\n')[0]
    ?.replace(/ {2}UP .*/, '') ?? '';

const group = ['10.0.0.1:80', '10.0.0.1:443', '[2001:db8::1]:80', 'fwmark 5'];

test.each<readonly [string, Partial<ServiceStatus>, string]>([
  ['a group', { address: '10.0.0.1:80', addresses: group }, 'TCP 10.0.0.1:80 10.0.0.1:443 and 2 more rr  web'],
  ['an IPv6 address', { name: 'tcp/[2001:db8::1]:80', address: '[2001:db8::1]:80' }, 'TCP [2001:db8::1]:80 rr'],
  ['every port', { address: '10.0.0.1:0' }, 'TCP 10.0.0.1:* rr  web'],
  ['a mark', { name: 'fwmark/5', protocol: 'fwmark', address: '5' }, 'FWMARK 5 rr'],
  ['a mark of IPv6', { name: 'fwmark6/5', protocol: 'fwmark', address: '5 IPv6' }, 'FWMARK 5 IPv6 rr'],
  ['a mark with a name', { protocol: 'fwmark', address: '5' }, 'FWMARK 5 rr  web'],
  [
    'a group that begins with a mark',
    { protocol: 'fwmark', address: '5', addresses: ['fwmark 5', '10.0.0.1:80'] },
    'FWMARK 5 10.0.0.1:80 rr  web',
  ],
])('status shows %s', (_, over, expected) => expect(head(over)).toBe(expected));

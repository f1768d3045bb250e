import fc from 'fast-check';
import { expect, it } from 'vitest';
import { emptyHistogram, observed } from '../../src/core/histogram.js';
import { metrics } from '../../src/http/metrics.js';
import { page } from '../../src/http/page.js';
import { report } from './report.js';

const NOW = '2026-01-01T01:02:03.000Z';

it('shows instances, services, servers and problems, and asks again by itself', () => {
  const html = page(report, NOW);
  expect(html).toContain('<meta http-equiv="refresh" content="5">');
  for (const text of [
    'VI_1',
    'MASTER',
    '1h2m',
    '90 of 100',
    '172.28.128.200:80',
    '172.28.128.110:80',
    'drain',
    '2.5 conn/s',
  ]) {
    expect(html).toContain(text);
  }
  expect(html).toContain('a &#38; b');
});

it('lets no name, reason or problem become markup', () => {
  const html = page(report, NOW);
  expect(html).not.toContain('<b>');
  expect(html).not.toContain('<script');
  const letters = fc.string({ unit: 'binary', maxLength: 40 });
  fc.assert(
    fc.property(letters, (text) => {
      const nasty = { ...report, routerId: text, problems: [`<img src=x>${text}`] };
      expect(page(nasty, NOW)).not.toContain('<img');
    }),
  );
});

it('gives Prometheus a line for each number, and none for what is not known', () => {
  const lines = metrics(report).split('\n');
  expect(lines).toContain('directord_vrrp_master{instance="VI_1",interface="eth1",vrid="50"} 1');
  expect(lines).toContain(
    'directord_vrrp_packets_dropped_total{instance="VI_1",interface="eth1",vrid="50",reason="bad-checksum"} 4',
  );
  expect(lines).toContain(
    'directord_service_connections_total{service="web",protocol="tcp",address="172.28.128.200:80"} 50',
  );
  expect(lines).toContain('directord_server_up{service="web",server="172.28.128.110:80"} 0');
  expect(lines.some((line) => line.startsWith('directord_server_effective_weight'))).toBe(false);
});

it('gives Prometheus how long changes of the table took, as a histogram, where there is one', () => {
  const tableDelays = observed(observed(emptyHistogram([0.005, 0.1]), 0.0125), 3);
  const lines = (of: typeof report) => metrics(of).match(/^directord_table_change_delay_seconds.*$/gm);
  expect(lines({ ...report, tableDelays })).toEqual([
    'directord_table_change_delay_seconds_bucket{le="0.005"} 0',
    'directord_table_change_delay_seconds_bucket{le="0.1"} 1',
    'directord_table_change_delay_seconds_bucket{le="+Inf"} 2',
    'directord_table_change_delay_seconds_sum 3.0125',
    'directord_table_change_delay_seconds_count 2',
  ]);
  expect(lines(report)).toBeNull();
});

it('keeps to the exposition format: HELP and TYPE before a metric, one metric in one piece, escaped labels', () => {
  const [service] = report.services;
  if (service === undefined) throw new Error('no service');
  const tableDelays = observed(emptyHistogram([0.005, 0.1]), 0.0125);
  const nasty = { ...report, tableDelays, services: [{ ...service, name: 'a"b\\c\nd' }] };
  let current = '';
  const seen = new Set<string>();
  for (const line of metrics(nasty).trimEnd().split('\n')) {
    const [, name = ''] = /^# HELP (\S+) /.exec(line) ?? [];
    if (name !== '') {
      expect(seen.has(name)).toBe(false);
      seen.add(name);
      current = name;
    } else if (line.startsWith('# TYPE '))
      expect(line).toMatch(new RegExp(`^# TYPE ${current} (gauge|counter|histogram)$`));
    else
      expect(line).toMatch(
        new RegExp(`^${current}(_bucket|_sum|_count)?(\\{([a-z_]+="([^"\\\\]|\\\\.)*",?)+\\})? -?[0-9.e+-]+$`),
      );
  }
});

it('tells how many days a certificate has left: as a number always, on the page when it is a month or less', () => {
  const left = (certificateDays: number) => {
    const [service] = report.services;
    const [server] = service?.servers ?? [];
    if (service === undefined || server === undefined) throw new Error('no server');
    const lastCheck = { ok: true, milliseconds: 1, reason: null, certificateDays };
    return { ...report, services: [{ ...service, servers: [{ ...server, lastCheck }] }] };
  };
  const NAME = 'directord_check_certificate_days{service="web",server="172.28.128.110:80"}';
  for (const days of [90, 12, -1]) expect(metrics(left(days)).split('\n')).toContain(`${NAME} ${days}`);
  expect(metrics(report)).not.toContain('certificate_days');
  expect(page(left(12), NOW)).toContain('certificate expires in 12 days');
  expect(page(left(-1), NOW)).toContain('certificate has expired');
  expect(page(left(90), NOW)).not.toContain('certificate');
});

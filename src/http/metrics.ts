import type { Histogram } from '../core/histogram.js';
import type { InstanceStatus, ServiceStatus, StatusReport } from '../core/status.js';
import { escapeLabel } from './escape.js';

/** The media type of Prometheus' text exposition format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string | number>>;

/** One metric's lines, its HELP and TYPE first. */
class Family {
  readonly #lines: string[];
  readonly #name: string;

  constructor(name: string, type: 'gauge' | 'counter' | 'histogram', help: string) {
    this.#name = `directord_${name}`;
    this.#lines = [`# HELP ${this.#name} ${help}`, `# TYPE ${this.#name} ${type}`];
  }

  /** A value that is not known has no line. */
  add(labels: Labels, value: number | boolean | null | undefined): void {
    if (value === null || value === undefined) return;
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(String(text))}"`);
    const braces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
    this.#lines.push(`${this.#name}${braces} ${Number(value)}`);
  }

  /** All lines of a histogram. */
  spread({ buckets, count, sumSeconds }: Histogram): void {
    for (const { seconds, count: n } of buckets) this.#lines.push(`${this.#name}_bucket{le="${seconds}"} ${n}`);
    this.#lines.push(`${this.#name}_bucket{le="+Inf"} ${count}`);
    this.#lines.push(`${this.#name}_sum ${sumSeconds}`, `${this.#name}_count ${count}`);
  }

  get lines(): readonly string[] {
    return this.#lines.length > 2 ? this.#lines : [];
  }
}

const gauge = (name: string, help: string) => new Family(name, 'gauge', help);
const counter = (name: string, help: string) => new Family(name, 'counter', help);

/** Everything of a report that is a number, as Prometheus reads it. */
export function metrics(report: StatusReport): string {
  const info = gauge('info', 'The running directord.');
  info.add({ version: report.version, router_id: report.routerId }, 1);
  const uptime = gauge('uptime_seconds', 'Since the start of the director process.');
  uptime.add({}, report.uptimeSeconds);
  const wrong = gauge('problems', 'What is wrong right now; directorctl status tells.');
  wrong.add({}, report.problems.length);
  const delays = new Family(
    'table_change_delay_seconds',
    'histogram',
    'From a verdict, a verb or a reload until its change of the table is handed to the kernel.',
  );
  if (report.tableDelays !== undefined) delays.spread(report.tableDelays);
  const families = [info, uptime, wrong, delays, ...vrrp(report.instances), ...ipvs(report.services)];
  return `${families.flatMap((family) => family.lines).join('\n')}\n`;
}

function vrrp(instances: readonly InstanceStatus[]): Family[] {
  const master = gauge('vrrp_master', '1 where this host is master of the instance.');
  const state = gauge('vrrp_state', '1 for the state that the instance is in.');
  const priority = gauge('vrrp_priority', 'As configured.');
  const effective = gauge('vrrp_effective_priority', 'As advertised.');
  const became = counter('vrrp_became_master_total', 'Times that it became master.');
  const sent = counter('vrrp_adverts_sent_total', 'Adverts sent.');
  const received = counter('vrrp_adverts_received_total', 'Adverts received and taken.');
  const dropped = counter('vrrp_packets_dropped_total', 'Packets that were no advert for us, by reason.');
  const late = gauge('vrrp_worst_lateness_seconds', 'How late the latest of all adverts left.');
  const conditions = gauge('vrrp_conditions', 'Named conditions that last.');
  for (const i of instances) {
    const labels = { instance: i.name, interface: i.interface, vrid: i.virtualRouterId };
    master.add(labels, i.state === 'master');
    for (const s of ['init', 'backup', 'master', 'fault']) state.add({ ...labels, state: s }, i.state === s);
    priority.add(labels, i.priority);
    effective.add(labels, i.effectivePriority);
    became.add(labels, i.counters.becameMaster);
    sent.add(labels, i.counters.sent);
    received.add(labels, i.counters.received);
    for (const [reason, n] of Object.entries(i.counters.dropped)) dropped.add({ ...labels, reason }, n);
    late.add(labels, i.counters.worstLatenessMs / 1000);
    for (const { name } of i.conditions ?? []) conditions.add({ ...labels, condition: name }, 1);
  }
  return [master, state, priority, effective, became, sent, received, dropped, late, conditions];
}

function ipvs(services: readonly ServiceStatus[]): Family[] {
  const serviceUp = gauge('service_up', '1 while the service is up.');
  const rate = gauge('service_connections_per_second', 'New connections, as the kernel estimates them.');
  const connections = counter('service_connections_total', 'Connections that the kernel has scheduled.');
  const inBytes = counter('service_in_bytes_total', 'Bytes from clients.');
  const outBytes = counter('service_out_bytes_total', 'Bytes to clients that came through here.');
  const up = gauge('server_up', '1 while its checks say so, or it has none.');
  const admin = gauge('server_admin_ready', '0 while it is drained or disabled.');
  const weight = gauge('server_weight', 'As configured.');
  const effective = gauge('server_effective_weight', 'As in the kernel; none without a row.');
  const active = gauge('server_active_connections', 'Connections that are established.');
  const inactive = gauge('server_inactive_connections', 'Connections that are in any other state.');
  const scheduled = counter('server_connections_total', 'Connections that the kernel has scheduled to it.');
  const took = gauge('server_check_seconds', 'How long its latest check took.');
  const days = gauge('check_certificate_days', 'Whole days until the certificate ends that its latest check has seen.');
  for (const service of services) {
    const labels = { service: service.name, protocol: service.protocol, address: service.address };
    serviceUp.add(labels, service.state === 'up');
    rate.add(labels, service.connectionRate);
    connections.add(labels, service.totals?.connections);
    inBytes.add(labels, service.totals?.inBytes);
    outBytes.add(labels, service.totals?.outBytes);
    for (const server of service.servers) {
      const which = { service: service.name, server: server.address };
      if (server.health !== 'unknown') up.add(which, server.health === 'up');
      admin.add(which, server.admin === 'ready');
      weight.add(which, server.weight);
      effective.add(which, server.effectiveWeight);
      active.add(which, server.activeConnections);
      inactive.add(which, server.inactiveConnections);
      scheduled.add(which, server.connections);
      took.add(which, server.lastCheck === null ? null : server.lastCheck.milliseconds / 1000);
      days.add(which, server.lastCheck?.certificateDays);
    }
  }
  return [
    serviceUp,
    rate,
    connections,
    inBytes,
    outBytes,
    up,
    admin,
    weight,
    effective,
    active,
    inactive,
    scheduled,
    took,
    days,
  ];
}

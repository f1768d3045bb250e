import { certificateNote } from '../core/health/certificate.js';
import type { InstanceStatus, ServerStatus, ServiceStatus, StatusReport } from '../core/status.js';
import { overrideNote } from './override-note.js';
import { policyParts, slowStartNote } from './policy-view.js';
import { weightCell } from './rows-view.js';
import { type Cell, type Column, type Paint, type Row, type Style, tableLines } from './table.js';
import { count, formatAge, formatByteRate, formatMillis, formatSince, printable, wrap } from './text.js';

/**
 * `directorctl status` for people: who holds the virtual addresses first, then what they serve, then what is wrong.
 * @param now wall clock in ms, for ages.
 */
export function renderStatus(report: StatusReport, style: Style, now: number): string {
  const blocks = [
    instanceLines(report.instances, style, now),
    ...report.services.map((service) => serviceLines(service, style, now)),
    [aboutLine(report, style)],
    problemLines(report.problems, style),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

const INSTANCE_COLUMNS: readonly Column[] = [
  { header: 'INSTANCE', shrinkTo: 8 },
  { header: 'STATE' },
  { header: 'VIP' },
  { header: 'IF' },
  { header: 'VRID', align: 'right', dispensable: 1 },
  { header: 'PRIO/EFF', align: 'right', dispensable: 2 },
  { header: 'MASTER' },
  { header: 'SINCE' },
];

function instanceLines(instances: readonly InstanceStatus[], style: Style, now: number): string[] {
  if (instances.length === 0) return [];
  const rows = instances.flatMap((instance): Row[] => {
    const [first = '-', ...more] = instance.addresses;
    const held = instance.admin === 'failover';
    const word = `${instance.state.toUpperCase()}${held ? ' (failover)' : ''}`;
    const state = { text: word, paint: held ? style.warn : statePaint(instance, style) };
    const cells = [
      { text: instance.name, paint: style.strong },
      state,
      { text: first, paint: style.strong },
      instance.interface,
      String(instance.virtualRouterId),
      priority(instance, style),
      instance.master ?? '-',
      formatSince(instance.since, now),
    ];
    const group = instance.group == null ? [] : [`sync group ${instance.group}`];
    const note = [...group, ...instance.reasons].join('; ');
    const lines = [cells, ...more.map((address) => ['', '', { text: address, paint: style.strong }])];
    // Below the last of its addresses: where it takes lines of its own, it would part them.
    return lines.map((cells, i) => (i === lines.length - 1 ? { cells, note } : { cells }));
  });
  return tableLines(INSTANCE_COLUMNS, rows, style, 0);
}

function priority(instance: InstanceStatus, style: Style): Cell {
  const text = `${instance.priority}/${instance.effectivePriority}`;
  return instance.priority === instance.effectivePriority ? { text } : { text, paint: style.warn };
}

const statePaint = (instance: InstanceStatus, style: Style): Paint =>
  ({ master: style.good, backup: style.strong, init: style.warn, fault: style.bad })[instance.state] ?? style.warn;

const SERVER_COLUMNS: readonly Column[] = [
  { header: 'SERVER' },
  { header: 'NAME', shrinkTo: 6, dispensable: 1 },
  { header: 'FWD', dispensable: 2 },
  { header: 'W/EFF', align: 'right' },
  { header: 'ACTIVE', align: 'right' },
  { header: 'INACT', align: 'right' },
  { header: 'HEALTH' },
  { header: 'SINCE', dispensable: 3 },
  { header: 'ADMIN' },
  { header: 'CHECK', align: 'right', dispensable: 4 },
];

function serviceLines(service: ServiceStatus, style: Style, now: number): string[] {
  const named = service.servers.some((server) => server.name !== null && server.name !== server.address);
  const shown = named ? SERVER_COLUMNS : SERVER_COLUMNS.filter((column) => column.header !== 'NAME');
  const rows = service.servers.map((server): Row => {
    const cells = serverCells(server, style, now);
    return {
      cells: shown.map((column) => cells[column.header] ?? ''),
      note: [overrideNote(server, now), agentNote(server), serverNote(server)].filter((text) => text !== '').join('; '),
    };
  });
  const head = serviceHead(service, style, now);
  return rows.length === 0 ? [...head, '  no servers'] : [...head, ...tableLines(shown, rows, style)];
}

/** So many addresses of a group are named; the rest is a number. */
const NAMED_ADDRESSES = 2;

/** `10.0.0.1:80`, `10.0.0.1:80 10.0.0.1:443 and 11 more`; `10.0.0.1:*` is every port. */
function addresses({ address, addresses: all = [address] }: ServiceStatus): string {
  // The first without `fwmark`: that stands before it.
  const shown = [address, ...all.slice(1, NAMED_ADDRESSES)].map((each) => each.replace(/:0$/, ':*'));
  const more = all.length - shown.length;
  return `${shown.join(' ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A name that says no more than protocol and address do: `tcp/10.0.0.1:80`, `fwmark6/5`. */
const isDefaultName = ({ name, protocol, address }: ServiceStatus): boolean =>
  name === `${protocol}/${address}` ||
  name === address.replace(/^(\S+)( IPv6)?$/, (_, mark, six) => `fwmark${six ? '6' : ''}/${mark}`);

/** `TCP 172.28.128.200:80 rr  web  UP 3m12s  2 of 2 in use  12 conn/s`, broken between its parts. */
function serviceHead(service: ServiceStatus, style: Style, now: number): string[] {
  const address = `${service.protocol.toUpperCase()} ${addresses(service)}`;
  const inUse = service.servers.filter((server) => (server.effectiveWeight ?? 0) > 0).length;
  const state = `${service.state.toUpperCase()} ${formatSince(service.since, now)}`;
  const parts: Cell[] = [
    { text: `${address} ${service.scheduler}`, paint: style.strong },
    { text: isDefaultName(service) ? '' : service.name },
    { text: state, paint: service.state === 'up' ? style.good : style.bad },
    { text: `${inUse} of ${service.servers.length} in use` },
    ...policyParts(service, style),
    { text: service.connectionRate === null ? 'not in the kernel' : `${round(service.connectionRate)} conn/s` },
    { text: rates(service) },
  ];
  const lines: string[] = [];
  let line = '';
  let length = 0;
  for (const part of parts) {
    const text = printable(part.text);
    if (text === '') continue;
    const shown = (part.paint ?? ((t: string) => t))(text);
    if (length > 0 && length + 2 + text.length > style.width) {
      lines.push(line);
      line = `    ${shown}`;
      length = 4 + text.length;
    } else {
      line = length === 0 ? shown : `${line}  ${shown}`;
      length += (length === 0 ? 0 : 2) + text.length;
    }
  }
  return [...lines, line];
}

/** Nothing where nothing flows: direct routing never sees what goes out. */
function rates(service: ServiceStatus): string {
  const parts = [
    service.inByteRate ? `in ${formatByteRate(service.inByteRate)}` : '',
    service.outByteRate ? `out ${formatByteRate(service.outByteRate)}` : '',
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function serverCells(server: ServerStatus, style: Style, now: number): Readonly<Record<string, string | Cell>> {
  const health = { up: style.good, down: style.bad, unknown: style.warn }[server.health] ?? style.warn;
  const check = server.lastCheck;
  return {
    SERVER: { text: server.address, paint: style.strong },
    NAME: server.name ?? '-',
    FWD: server.forward,
    'W/EFF': weightCell({ ...server, weightOverride: server.weightOverride?.value ?? null }, style),
    ACTIVE: String(server.activeConnections),
    INACT: String(server.inactiveConnections),
    HEALTH: { text: server.health, paint: health },
    SINCE: formatSince(server.since, now),
    ADMIN: server.admin === 'ready' ? 'ready' : { text: server.admin, paint: style.warn },
    CHECK: check === null ? '-' : formatMillis(check.milliseconds),
  };
}

/** Why it is not up, or why the latest check failed while it still counts as up. */
function serverNote(server: ServerStatus): string {
  const check = server.lastCheck;
  if (check === null || check.ok) return slowStartNote(server) || certificateNote(check?.certificateDays);
  return check.reason ?? 'check failed';
}

/** What keeps a server from its whole share by its agent's word, and an agent that does not answer. */
function agentNote({ agent }: ServerStatus): string {
  if (agent === undefined) return '';
  const dead = agent.lastAnswer?.ok === false ? `its agent does not answer: ${agent.lastAnswer.reason}` : '';
  const says = agent.says === null || agent.says === 'up' || agent.says === 'ready' ? '' : `agent: ${agent.says}`;
  return [says, dead].filter((text) => text !== '').join('; ');
}

function aboutLine(report: StatusReport, style: Style): string {
  const nothing = report.instances.length === 0 && report.services.length === 0 ? ', nothing configured' : '';
  const age = formatAge(report.uptimeSeconds * 1000);
  return style.quiet(printable(`directord ${report.version} on ${report.routerId}, up ${age}${nothing}`));
}

function problemLines(problems: readonly string[], style: Style): string[] {
  if (problems.length === 0) return [];
  const lines = problems.flatMap((problem) => {
    const [first = '', ...more] = wrap(printable(problem), Math.max(20, style.width - 2));
    return [`! ${first}`, ...more.map((line) => `  ${line}`)];
  });
  return [style.bad(style.strong(count(problems.length, 'problem'))), ...lines.map((line) => style.bad(line))];
}

const round = (rate: number): string => (rate > 0 && rate < 10 ? rate.toFixed(1) : String(Math.round(rate)));

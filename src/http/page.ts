import { certificateNote } from '../core/health/certificate.js';
import type { InstanceStatus, ServerStatus, ServiceStatus, StatusReport } from '../core/status.js';
import { escapeHtml } from './escape.js';

/** How often a browser asks again. */
export const REFRESH_SECONDS = 5;

const STYLE = `
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; color: #1d2329; background: #fff }
h1 { font-size: 1.3em } h2 { font-size: 1.1em; margin: 1.4em 0 .4em }
table { border-collapse: collapse } th, td { padding: .2em .8em .2em 0; text-align: left; vertical-align: top }
th { font-weight: 600; color: #57606a; border-bottom: 1px solid #d0d7de } td.n, th.n { text-align: right }
.good { color: #116329 } .bad { color: #a40e26; font-weight: 600 } .warn { color: #7d4e00 } .quiet { color: #57606a }
ul.problems { border-left: 4px solid #a40e26; padding-left: 2em }
@media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117 } th, .quiet { color: #9198a1 }
.good { color: #3fb950 } .bad { color: #ff7b72 } .warn { color: #d29922 } }`;

/**
 * The statistics page: all that `directorctl status` shows, without a script, a picture or anything from elsewhere.
 * @param now when the report was made, ISO 8601.
 */
export function page(report: StatusReport, now: string): string {
  const title = `directord on ${escapeHtml(report.routerId)}`;
  return [
    '<!DOCTYPE html>',
    `<html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="${REFRESH_SECONDS}">`,
    `<meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head><body>`,
    `<h1>${title}</h1>`,
    `<p class="quiet">version ${escapeHtml(report.version)}, up ${age(report.uptimeSeconds)}, as of ${escapeHtml(now)}; `,
    `again every ${REFRESH_SECONDS} s</p>`,
    problems(report.problems),
    instances(report.instances, now),
    ...report.services.map((service) => serviceSection(service, now)),
    '</body></html>\n',
  ].join('\n');
}

function problems(list: readonly string[]): string {
  if (list.length === 0) return '<p class="good">No problems.</p>';
  return `<ul class="problems">${list.map((p) => `<li class="bad">${escapeHtml(p)}</li>`).join('')}</ul>`;
}

function instances(list: readonly InstanceStatus[], now: string): string {
  if (list.length === 0) return '';
  const head = row('th', ['Instance', 'State', 'Since', 'Interface', 'VRID', n('Priority'), 'Master', 'Addresses', '']);
  const body = list.map((i) =>
    row('td', [
      escapeHtml(i.name),
      paint(i.state.toUpperCase(), { master: 'good', backup: '', fault: 'bad', init: 'warn' }[i.state]),
      since(i.since, now),
      escapeHtml(i.interface),
      `${i.virtualRouterId} (v${i.version})`,
      n(i.effectivePriority === i.priority ? `${i.priority}` : `${i.effectivePriority} of ${i.priority}`),
      escapeHtml(i.master ?? '-'),
      i.addresses.map(escapeHtml).join('<br>'),
      [...i.reasons, ...(i.conditions ?? []).map((c) => c.text)]
        .map((reason) => paint(escapeHtml(reason), 'warn'))
        .join('<br>'),
    ]),
  );
  return `<h2>Virtual routers</h2><table>${head}${body.join('\n')}</table>`;
}

function serviceSection(service: ServiceStatus, now: string): string {
  const addresses = (service.addresses ?? [service.address]).map(escapeHtml).join(', ');
  const state = paint(service.state.toUpperCase(), service.state === 'up' ? 'good' : 'bad');
  const rate = service.connectionRate === null ? 'not in the kernel' : `${round(service.connectionRate)} conn/s`;
  const head = row('th', [
    'Server',
    'Name',
    'Forward',
    n('Weight'),
    n('Effective'),
    n('Active'),
    n('Inactive'),
    'Health',
    'Since',
    'Admin',
    n('Check, ms'),
    '',
  ]);
  const body = service.servers.map((server) => serverRow(server, now));
  return (
    `<h2>${escapeHtml(service.name)} ${state}</h2>` +
    `<p class="quiet">${service.protocol} ${addresses} ${escapeHtml(service.scheduler)}, ${since(service.since, now)}, ${rate}</p>` +
    `<table>${head}${body.join('\n')}</table>`
  );
}

function serverRow(server: ServerStatus, now: string): string {
  const check = server.lastCheck;
  return row('td', [
    escapeHtml(server.address),
    escapeHtml(server.name ?? ''),
    server.forward,
    n(String(server.weight)),
    n(String(server.effectiveWeight ?? '-')),
    n(String(server.activeConnections)),
    n(String(server.inactiveConnections)),
    paint(server.health, { up: 'good', down: 'bad', unknown: 'warn' }[server.health]),
    since(server.since, now),
    server.admin === 'ready' ? 'ready' : paint(server.admin, 'warn'),
    n(check === null ? '-' : round(check.milliseconds)),
    checkNote(check),
  ]);
}

function checkNote(check: ServerStatus['lastCheck']): string {
  const note = check === null || check.ok ? certificateNote(check?.certificateDays) : (check.reason ?? 'check failed');
  return note === '' ? '' : paint(escapeHtml(note), 'warn');
}

/** A cell that is a number. */
interface Numeric {
  readonly number: string;
}

const n = (number: string): Numeric => ({ number });

const row = (tag: 'th' | 'td', cells: readonly (string | Numeric)[]): string =>
  `<tr>${cells
    .map((c) => (typeof c === 'string' ? `<${tag}>${c}</${tag}>` : `<${tag} class="n">${c.number}</${tag}>`))
    .join('')}</tr>`;

const paint = (html: string, style: string): string => (style === '' ? html : `<span class="${style}">${html}</span>`);

const round = (value: number): string => (value > 0 && value < 10 ? value.toFixed(1) : String(Math.round(value)));

const since = (then: string, now: string): string => age((Date.parse(now) - Date.parse(then)) / 1000);

/** `3d4h`, `2h5m`, `1m12s`, `4s`. */
function age(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (Number.isNaN(s)) return '-';
  if (s >= 86_400) return `${Math.floor(s / 86_400)}d${Math.floor((s % 86_400) / 3_600)}h`;
  if (s >= 3_600) return `${Math.floor(s / 3_600)}h${Math.floor((s % 3_600) / 60)}m`;
  return s >= 60 ? `${Math.floor(s / 60)}m${s % 60}s` : `${s}s`;
}

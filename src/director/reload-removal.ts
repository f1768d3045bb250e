import { cutServices } from '../config/items.js';
import type { Config, Service } from '../config/schema.js';

/** One server less: which service, and which of its servers. */
interface Lost {
  readonly service: number;
  readonly server: number;
}

const KEY = /^( +)servers: *$/;
/** A server on one line, without anything that could be more than it seems. */
const ROW = /^( +)- \{ ?[^{}[\]"#|>&*]*\}$/;

/**
 * Sees whether a file is the one that runs, without the lines of some servers: that is known without reading it as YAML,
 * within milliseconds, where the whole check of ten thousand servers takes a second. It only runs ahead of that check,
 * which follows in any case and decides.
 * @returns what the file says then; null where anything else has changed, or where it cannot be told so simply.
 */
export function removedServers(before: string, config: Config, after: string): Config | null {
  const gap = removedLines(before, after);
  const cut = gap === null ? null : cutServices(before);
  if (gap === null || cut === null || cut.items.length !== config.ipvs.services.length) return null;
  const lost = locate(cut.head, cut.items, gap);
  if (lost === null) return null;
  const services = [...config.ipvs.services];
  for (const { service: at, server } of [...lost].reverse()) {
    const service = services[at] as Service;
    // With a quorum of its own a service may not do with fewer; the last server is more than one of many.
    if (service.servers.length < 2 || service.quorum !== 1) return null;
    if (linesOf(cut.items[at] ?? '').length !== (config.ipvs.services[at] as Service).servers.length) return null;
    services[at] = { ...service, servers: service.servers.filter((_, i) => i !== server) } as Service;
  }
  return { ...config, ipvs: { ...config.ipvs, services } };
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Where whole lines stand in `before` that `after` has not, all else being the same; null where more has changed. */
function removedLines(before: string, after: string): Gap | null {
  const size = before.length - after.length;
  if (size <= 0) return null;
  let from = 0;
  while (from < after.length && before.charCodeAt(from) === after.charCodeAt(from)) from++;
  // Lines often begin like those that follow them: the gap is moved back to where a line begins.
  const begin = before.lastIndexOf('\n', from - 1) + 1;
  const end = begin + size;
  if (before[end - 1] !== '\n' || before.slice(end) !== after.slice(begin)) return null;
  return { from: begin, to: end };
}

function locate(head: string, items: readonly string[], { from, to }: Gap): Lost[] | null {
  let start = head.length;
  for (const [service, item] of items.entries()) {
    const end = start + item.length;
    if (from >= start && to <= end) {
      const lost = linesOf(item).flatMap((line, server) => {
        const [begin, over] = [start + line.from, start + line.to];
        return begin >= from && over <= to ? [{ service, server, size: over - begin }] : [];
      });
      const found = lost.reduce((sum, { size }) => sum + size, 0);
      return lost.length > 0 && found === to - from ? lost : null;
    }
    start = end;
  }
  return null;
}

/** The lines of a service's servers; none where they are not one line each, and nothing else. */
function linesOf(item: string): Gap[] {
  const rows: Gap[] = [];
  const inner = /^ *- */.exec(item)?.[0].length ?? 0;
  let indent = -1;
  let at = 0;
  for (const line of item.split('\n')) {
    const to = at + line.length + 1;
    const key = KEY.exec(line);
    if (indent < 0 && key?.[1]?.length === inner) indent = inner;
    else if (indent >= 0 && line !== '') {
      const row = ROW.exec(line)?.[1]?.length ?? -1;
      if (row < inner || (rows.length > 0 && row !== indent)) return [];
      indent = row;
      rows.push({ from: at, to });
    }
    at = to;
  }
  return rows;
}

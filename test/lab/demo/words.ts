import type { Request, TrafficReport } from '../traffic.js';

/** Colours, or none. Each gives a text back that is as wide as what it was given. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
}

const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`;
const plain = (text: string): string => text;

/** @param colours false where no terminal shows them */
export const paint = (colours: boolean): Paint =>
  colours
    ? { bold: sgr(1, 22), dim: sgr(2, 22), red: sgr(31, 39), green: sgr(32, 39) }
    : { bold: plain, dim: plain, red: plain, green: plain };

/** What a step may do to the service. */
export interface Allowed {
  /** How long it may be away, in ms; null where there is no such time, because somebody serves all along. */
  readonly ms: number | null;
  /** Where that comes from. */
  readonly why: string;
  /**
   * `none` may fail; those `under way` while the address changes hands may; `half` of them, from the first failure to the
   * last, while one server of two is dead.
   */
  readonly failures: 'none' | 'under way' | 'half';
}

/** A step that is over. */
export interface Done {
  readonly title: string;
  readonly allowed: Allowed;
  readonly report: TrafficReport;
  /** The longest time without any answer, in ms. */
  readonly gapMs: number;
}

/** The longest time without any answer while these requests ran. @param from when that began, ms as in the requests */
export const longestGapMs = (results: readonly Request[], from: number): number => {
  const answers = results.filter(({ ok }) => ok).map(({ done }) => done);
  const times = [from, ...answers.sort((a, b) => a - b)];
  return Math.max(0, ...times.slice(1).map((at, i) => at - (times[i] ?? at)));
};

/** How long the service was away by a step's own measure, in whole ms. */
export const awayMs = ({ allowed, report, gapMs }: Done): number => {
  const { failures } = report;
  const first = failures[0]?.sent ?? 0;
  return Math.round(allowed.failures === 'half' ? (failures.at(-1)?.sent ?? first) - first : gapMs);
};

/** A gap between two answers that nobody notices: below this the service was not away. */
const noticeableMs = 200;

/** What became of the requests of a step, as a sentence. */
export const sentence = (done: Done): string => {
  const { sent, failed } = done.report;
  const of = `${failed} of ${sent} requests failed`;
  const away = awayMs(done);
  if (done.allowed.failures === 'half') {
    return `every other request failed, for ${away} ms: ${of}`;
  }
  if (away < noticeableMs) {
    return `service never away (longest wait for an answer ${away} ms): ${of}`;
  }
  return `service away for ${away} ms: ${failed === 0 ? `none of ${sent} requests failed, but some waited` : of}`;
};

/**
 * Whether a step kept to what is allowed.
 * @param slackMs what measuring by requests, and a slow kernel, may add
 * @returns null, or the sentence that says what went wrong
 */
export const complaint = (done: Done, slackMs: number): string | null => {
  const { ms, why, failures } = done.allowed;
  const { failed, sent } = done.report;
  const first = done.report.failures[0]?.body ?? '';
  if (failures === 'none' && failed > 0) {
    return `${done.title}: ${failed} of ${sent} requests failed (the first: ${first}); none may`;
  }
  const away = awayMs(done);
  const most = (ms ?? 0) + slackMs;
  const allowed = `${ms === null ? '' : `${ms} ms `}(${why})`;
  return away <= most
    ? null
    : `${done.title}: service was away for ${away} ms; allowed: ${allowed}, and ${slackMs} ms for this lab's own slowness`;
};

/** Columns, each as wide as its widest cell; those named in `right` end at the same column. */
export const align = (rows: readonly (readonly string[])[], right: readonly number[] = []): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

/** The table at the end: the first line is its head. */
export const summary = (all: readonly Done[]): string[] => {
  const row = (done: Done): string[] => {
    const { allowed, report } = done;
    return [
      done.title,
      `${awayMs(done)} ms${allowed.failures === 'half' ? ', half' : ''}`,
      `${report.failed} of ${report.sent}`,
      allowed.ms === null ? '-' : `${allowed.ms} ms`,
      allowed.why,
    ];
  };
  return align([['STEP', 'NO ANSWER FOR', 'FAILED', 'ALLOWED', ''], ...all.map(row)], [1, 2, 3]);
};

/** A line of directord's log as a person reads it; what is no JSON stays as it is. */
export const readable = (line: string): string => {
  try {
    const { time, level, msg } = JSON.parse(line) as { time: string; level: number; msg: string };
    return `${time.slice(11, 23)} ${level >= 50 ? 'ERROR ' : level >= 40 ? 'warning ' : ''}${msg}`;
  } catch {
    return line;
  }
};

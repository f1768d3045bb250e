/** One difference between the configuration that runs and another one. */
export interface PlanLine {
  readonly change: 'add' | 'remove' | 'change';
  /** What it is about: `service`, `server`, `instance`, `script` …, or `setting` of the file as a whole. */
  readonly subject: string;
  /** By its name where it has one, else by its address. */
  readonly name: string;
  /** The service of a server; null of all else. */
  readonly of: string | null;
  /** What is new, was, or changes, each in a few words. */
  readonly details: readonly string[];
}

const SIGNS = { add: '+', remove: '-', change: '~' } as const;

/** One line as a person reads it: `+ server 10.0.0.13:80 in web (weight 1)`, `~ service web: scheduler rr -> wrr`. */
export function formatLine({ change, subject, name, of, details }: PlanLine): string {
  const what = `${SIGNS[change]} ${subject === 'setting' ? '' : `${subject} `}${name}${of === null ? '' : ` in ${of}`}`;
  if (details.length === 0) return what;
  const list = details.join(', ');
  if (subject === 'setting') return `${what} ${list}`;
  return change === 'change' ? `${what}: ${list}` : `${what} (${list})`;
}

const COUNTED = { add: 'added', remove: 'removed', change: 'changed' } as const;

/** All of them in a few words: `2 servers added, 1 service changed`; `nothing to change` of none. */
export function summarize(lines: readonly PlanLine[]): string {
  const counts = new Map<string, number>();
  for (const { change, subject } of lines) {
    const key = `${subject} ${change}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  if (counts.size === 0) return 'nothing to change';
  return [...counts]
    .map(([key, n]) => {
      const [subject = '', change = 'change'] = key.split(' ');
      return `${n} ${subject}${n === 1 ? '' : 's'} ${COUNTED[change as PlanLine['change']]}`;
    })
    .join(', ');
}

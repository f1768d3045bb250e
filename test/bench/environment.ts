import { spawnSync } from 'node:child_process';
import { cpus, loadavg, release } from 'node:os';
import type { Options } from './options.js';

/** What a run needs to know of its start. */
export interface Start {
  readonly at: Date;
  /** Of one minute. */
  readonly load: number;
}

export const startNow = (): Start => ({ at: new Date(), load: loadavg()[0] ?? 0 });

/** Above this, for each CPU, somebody else is at work. */
const BUSY = 0.25;

/** What ran where, in lines of a list. */
export function environment(options: Options, inside: string | null, { at, load }: Start): string[] {
  const seconds = (Date.now() - at.getTime()) / 1000;
  const says = (program: string, ...args: readonly string[]): string => {
    const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    return `${stdout ?? ''}${stderr ?? ''}`.split('\n')[0]?.trim() || `${program}: unknown`;
  };
  const all = cpus();
  return [
    `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${Math.round(seconds)} s in all`,
    `directord ${says(process.execPath, options.directord, '--version')} on node ${process.version}; ${says('keepalived', '--version')}`,
    `VRRP: in network namespaces of Linux ${release()}, ${all.length} × ${all[0]?.model ?? 'CPU'}`,
    ...(inside === null ? [] : [`IPVS and memory: ${inside}`]),
    `takeovers of each kind with each: ${options.trials}; starts with each size of the table: ${options.starts}`,
    `load of the machine at the start: ${load.toFixed(2)}${
      load > BUSY * all.length
        ? ' — other work shared its CPUs: the figures, the extremes above all, are preliminary'
        : ''
    }`,
  ];
}

/** How the figures come about; the same for every run. */
export const METHOD = `## How it is measured

\`npm run bench\` makes all of this by itself, both in one run and in turns, so that what disturbs one disturbs the other.
Both run as root with what they do by default: one thread of directord's, the one that sends adverts, asks for real-time
priority (the unit's \`LimitRTPRIO=1\` lets it without root as well); keepalived asks for it where \`vrrp_rt_priority\` is set.

- **Takeover.** Scenario 1's instance (VRRPv2, 1 s, priorities 100 and 50, PASS), and the same in VRRPv3 with 100 ms and
  10 ms, on pairs of hosts, both of a pair running the same implementation. The witness is a capture at the backup's switch
  port, with the kernel's stamps, so it sees what the backup sees; it is told in blocks, so that it does not wake up for a
  CPU in the midst of a takeover. Each turn begins with 2.5 s of rest. *Cut cable*: the master's carrier goes just after an
  advert; counted from the last advert that passed + Master_Down_Interval. *Stop*: SIGTERM; counted from the advert with
  priority 0 + skew. With 1 s, while one pair's cable is cut, the other implementation's other pair is stopped; with
  shorter intervals one after the other.
- **Adverts.** A lone master of each, for each interval, all at once.
- **Many, busy loops, flood.** A lone master, one implementation after the other, some seconds after all its instances
  advertise. An advert is late by what the time since the same instance's advert before exceeds the interval configured.
  Processor time is that of all processes of the daemon, user and system. The flood comes from another host of the segment.
- **Table.** On a kernel with IPVS, each run in a namespace of its own, servers without checks. *From execution*: start of
  the daemon until every server of every service stands, seen by polling the last service. *The table alone*:
  directord's plan handed to its IPVS adapter, until the kernel has acknowledged all; for keepalived from its first
  server seen to its last.
- **Memory.** Scenario 1 with two web servers that answer, some seconds after the daemon began to serve;
  \`/proc/PID/smaps_rollup\` of all its processes.
- **Memory with checks.** TCP checks each 5 s of 1,000 and of 10,000 servers that all answer, 15 s after the whole table
  stands, and 15 s after a reload that takes one server out. Each daemon has a copy of its program to itself, so that
  nothing of it is shared with the benchmark.
- **Adverts beside checks and reloads.** A lone master of 20 instances that also checks 10,000 servers by TCP each 5 s,
  while its file is reloaded again and again with one server less (the files are written before it listens). Late as above.

User Mode Linux, where the machine's own kernel has no IPVS, makes every system call several times dearer than bare
hardware does, for both: compare the columns, not the figures with other machines.
`;

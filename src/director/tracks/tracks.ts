import type { Config } from '../../config/schema.js';
import { quorumVerdict } from '../../core/track/quorum.js';
import type { TrackVerdict } from '../../core/track/verdict.js';
import type { Alarms, Clock } from '../../ports/clock.js';
import type { Processes } from '../../ports/processes.js';
import type { TrackFiles } from '../../ports/track-files.js';
import type { TrackRoutes } from '../../ports/track-routes.js';
import type { Log } from '../../values/log.js';
import { FileTracks } from './file-tracks.js';
import { ProcessTracks } from './process-tracks.js';
import { Reports, type ReportsDeps } from './reports.js';
import { RouteTracks } from './route-tracks.js';
import { type ServicesKnown, serviceVerdicts } from './service-tracks.js';

/** What is looked at on this host. */
export interface Senses {
  readonly processes: Processes;
  readonly files: TrackFiles;
  readonly routes: TrackRoutes;
}

export interface TracksDeps extends ReportsDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly senses: Senses;
}

/** All that instances track besides scripts and interfaces; scripts come here for their quorums. */
export class Tracks {
  readonly #config: Config['track'];
  readonly #reports: Reports;
  readonly #sources: readonly { start(): void; stop(): void; problems?(): string[] }[];
  readonly #scripts = new Map<string, TrackVerdict>();

  constructor(deps: TracksDeps) {
    this.#config = used(deps.config);
    this.#reports = new Reports(deps);
    const say = (kind: 'process' | 'file' | 'route') => (name: string, verdict: TrackVerdict) =>
      this.#reports.say(kind, name, verdict);
    const { processes, files, routes } = this.#config;
    this.#sources = [
      new ProcessTracks(
        processes.map(({ up_delay: up, down_delay: down, ...track }) => ({ ...track, delays: { up, down } })),
        { ...deps, processes: deps.senses.processes, verdict: say('process') },
      ),
      new FileTracks(files, { files: deps.senses.files, verdict: say('file') }),
      new RouteTracks(routes, { routes: deps.senses.routes, verdict: say('route') }),
    ];
  }

  start(): void {
    for (const source of this.#sources) source.start();
  }

  /** A script's verdict changed. */
  script(name: string, verdict: TrackVerdict): void {
    this.#scripts.set(name, verdict);
    for (const quorum of this.#config.quorums) {
      if (!quorum.of.includes(name)) continue;
      const members = quorum.of.map((member) => ({
        name: member,
        reverse: this.#config.scripts.find((s) => s.name === member)?.reverse ?? false,
        verdict: this.#scripts.get(member) ?? null,
      }));
      const together = quorumVerdict(members, quorum.need);
      if (together !== null) this.#reports.say('quorum', quorum.name, together);
    }
  }

  /** Health or overrides of servers may have changed. */
  services(known: ServicesKnown): void {
    for (const { name, verdict } of serviceVerdicts(this.#config.services, known)) {
      this.#reports.say('service', name, verdict);
    }
  }

  /** What cannot be looked at as it should be, one sentence each. */
  problems(): string[] {
    return this.#sources.flatMap((source) => source.problems?.() ?? []);
  }

  stop(): void {
    for (const source of this.#sources) source.stop();
  }
}

/** Only what an instance tracks is looked at. */
function used({ track, vrrp }: Config): Config['track'] {
  const only = <T extends { readonly name: string }>(list: readonly T[], kind: keyof Config['track']): T[] => {
    const names = new Set(vrrp.instances.flatMap((instance) => instance.track[kind].map((use) => use.name)));
    return list.filter((each) => names.has(each.name));
  };
  return {
    // A quorum asks for scripts that no instance tracks by themselves.
    scripts: track.scripts,
    processes: only(track.processes, 'processes'),
    files: only(track.files, 'files'),
    services: only(track.services, 'services'),
    routes: only(track.routes, 'routes'),
    quorums: only(track.quorums, 'quorums'),
  };
}

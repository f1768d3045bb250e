import type { Config } from '../../config/schema.js';
import { quorumVerdict } from '../../core/track/quorum.js';
import { servesId, type TrackKind, type TrackVerdict, trackId } from '../../core/track/verdict.js';
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
  #config: Config['track'];
  /** Services that an address waits for. */
  #named: readonly string[];
  readonly #reports: Reports;
  readonly #send: ReportsDeps['send'];
  readonly #processes: ProcessTracks;
  readonly #files: FileTracks;
  readonly #routes: RouteTracks;
  readonly #scripts = new Map<string, TrackVerdict>();

  constructor(deps: TracksDeps) {
    this.#config = used(deps.config);
    this.#named = namedServices(deps.config);
    this.#reports = new Reports(deps);
    this.#send = deps.send;
    const say = (kind: 'process' | 'file' | 'route') => (name: string, verdict: TrackVerdict) =>
      this.#reports.say(kind, name, verdict);
    const { processes, files, routes } = this.#config;
    this.#processes = new ProcessTracks(delayed(processes), {
      ...deps,
      processes: deps.senses.processes,
      verdict: say('process'),
    });
    this.#files = new FileTracks(files, { files: deps.senses.files, verdict: say('file') });
    this.#routes = new RouteTracks(routes, { routes: deps.senses.routes, verdict: say('route') });
  }

  start(): void {
    this.#processes.start();
    this.#files.start();
    this.#routes.start();
  }

  /** Goes on with another configuration, and tells the router again what is known of it. */
  follow(config: Config): void {
    this.#config = used(config);
    const { processes, files, routes, scripts } = this.#config;
    const ids = (Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((list) =>
      this.#config[list].map(({ name }) => trackId({ kind: KINDS[list], name })),
    );
    this.#named = namedServices(config);
    this.#reports.keepOnly(new Set([...ids, ...this.#named.map(servesId)]));
    const names = new Set(scripts.map((script) => script.name));
    for (const name of this.#scripts.keys()) if (!names.has(name)) this.#scripts.delete(name);
    this.#processes.follow(delayed(processes));
    this.#files.follow(files);
    this.#routes.follow(routes);
    for (const [name, verdict] of [...this.#scripts]) {
      this.#send(trackId({ kind: 'script', name }), verdict);
      this.script(name, verdict);
    }
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
    const named = this.#named.map((service) => ({ name: service, service }));
    for (const { name, verdict } of serviceVerdicts(named, known)) this.#reports.pass(servesId(name), verdict);
  }

  /** What cannot be looked at as it should be, one sentence each. */
  problems(): string[] {
    return [...this.#files.problems(), ...this.#routes.problems()];
  }

  stop(): void {
    this.#processes.stop();
    this.#files.stop();
    this.#routes.stop();
  }
}

/** The kinds that come here, by their lists in the file. */
const KINDS = {
  processes: 'process',
  files: 'file',
  services: 'service',
  routes: 'route',
  quorums: 'quorum',
} as const satisfies Partial<Record<keyof Config['track'], TrackKind>>;

const delayed = (processes: Config['track']['processes']) =>
  processes.map(({ up_delay: up, down_delay: down, ...track }) => ({ ...track, delays: { up, down } }));

/** The services of `while_up`, each once. */
const namedServices = ({ vrrp }: Config): string[] => [
  ...new Set(
    vrrp.instances.flatMap(({ virtual_addresses: named, excluded_addresses: more }) =>
      [...named, ...more].flatMap(({ while_up: services = [] }) => services),
    ),
  ),
];

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

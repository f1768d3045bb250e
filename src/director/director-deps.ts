import type { Config } from '../config/schema.js';
import type { ControlService } from '../control/service.js';
import type { Channel, ToDirector, ToRouter } from '../ports/channel.js';
import type { Alarms, Clock } from '../ports/clock.js';
import type { IpvsTable } from '../ports/ipvs.js';
import type { IpvsTimeouts } from '../ports/ipvs-timeouts.js';
import type { KernelSwitches } from '../ports/switches.js';
import type { StartProbe, WatchProbe } from '../probe/probe.js';
import type { Log } from '../values/log.js';
import type { Duration } from '../values/time.js';
import type { OpenPage } from './http-page.js';
import type { NotifySystem } from './notify.js';
import type { ReloadSystem } from './reload.js';
import type { StartScript } from './script-process.js';
import type { StateStore } from './state-files.js';
import type { Senses } from './tracks/tracks.js';

/** What the director needs from outside. */
export interface DirectorDeps {
  readonly config: Config;
  readonly version: string;
  readonly clock: Clock;
  readonly alarms: Alarms;
  /** The wall clock as ISO 8601, for people only. */
  readonly wall: () => string;
  readonly log: Log;
  readonly table: IpvsTable;
  readonly switches: KernelSwitches;
  readonly timeouts: IpvsTimeouts;
  readonly channel: Channel<ToRouter, ToDirector>;
  readonly startProbe: StartProbe;
  /** Repeats what succeeds again and again, at less cost. */
  readonly watchProbe?: WatchProbe;
  /** Results of attempts are wanted at multiples of this only; 0: at once. */
  readonly together?: (grid: Duration) => void;
  readonly startScript: StartScript;
  readonly senses: Senses;
  readonly notify: NotifySystem;
  /** Calls back on a later turn of the loop (setImmediate). */
  readonly later: (call: () => void) => void;
  readonly store: StateStore;
  /** Opens the control socket. @throws when it cannot. */
  readonly openControl: (service: ControlService) => Promise<{ close(): Promise<void> }>;
  readonly openPage: OpenPage;
  /** What a reload reads and keeps. */
  readonly reload: ReloadSystem;
  /** Takes from the programs that this process starts what they must not inherit: ambient capabilities, descriptors. */
  readonly harden: () => void;
  /** The router is dead: the last will, before this process ends. */
  readonly routerDied: (running: Config) => Promise<void>;
}

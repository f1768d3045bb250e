import { mkdir } from 'node:fs/promises';
import type { Config } from '../config/schema.js';
import { startControlServer } from '../control/server.js';
import { OWNER } from '../core/vrrp/settings.js';
import { runDirector } from '../director/director.js';
import { openFifo } from '../director/fifo-file.js';
import { bornOf, endLeft } from '../director/notify-process.js';
import { startScript } from '../director/script-process.js';
import { StateFiles } from '../director/state-files.js';
import { startHttpListener } from '../http/server.js';
import { KernelAddresses } from '../kernel/addresses.js';
import { directorChannel } from '../kernel/channel.js';
import { KernelAlarms, KernelClock } from '../kernel/clock.js';
import { markedConnector } from '../kernel/connect-marked.js';
import { datagramSockets } from '../kernel/datagram-socket.js';
import { KernelEchoes } from '../kernel/echoes.js';
import { KernelIpvs } from '../kernel/ipvs.js';
import { ProcSwitches } from '../kernel/ipvs-switches.js';
import { KernelTimeouts } from '../kernel/ipvs-timeouts.js';
import { native } from '../kernel/native.js';
import { KernelProcesses } from '../kernel/processes.js';
import { TcpProber } from '../kernel/tcp-prober.js';
import { KernelTrackRoutes } from '../kernel/track-routes.js';
import { KernelFiles } from '../kernel/watched-file.js';
import { KernelWays } from '../kernel/ways.js';
import type { ToDirector } from '../ports/channel.js';
import type { ProbeHost } from '../probe/host.js';
import { startProbes, watchProbes } from '../probe/probe.js';
import { type Failure, formatFailure } from '../values/failure.js';
import type { Log } from '../values/log.js';
import { openLog } from './log.js';
import { unpackRunning, unpackText } from './packed.js';
import { Rereader } from './reload-file.js';
import { keepRunning } from './running-file.js';
import { stateDir } from './state-dir.js';
import { version } from './version.js';

// The router decides when this process ends; a ^C on a terminal and systemd's SIGTERM reach both.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

const channel = directorChannel();
const { blob } = await first();
const { config, file } = unpackRunning(blob);
const log = await openLog('director', config.log.level);
const place = stateDir(config);
await mkdir(place, { recursive: true, mode: 0o750 }).catch((error: Error) => {
  log.error(
    { place },
    `state directory cannot be made: ${error.message}; drains and failovers will not outlive a restart`,
  );
});

const store = new StateFiles(place);
const prober = new TcpProber(native);
const rereader = new Rereader(file, blob);
const host: ProbeHost = {
  tryTcp: (target, way, timeout, done) => prober.try(target, way, timeout, done),
  watchTcp: (...watch) => prober.watch(...watch),
  connectMarked: markedConnector(native),
  datagram: datagramSockets(native),
  ping: new KernelEchoes(native).ping,
  runScript: startScript(),
};

const director = runDirector({
  config,
  version,
  clock: new KernelClock(),
  alarms: new KernelAlarms(),
  wall: () => new Date().toISOString(),
  log,
  table: new KernelIpvs(native),
  switches: new ProcSwitches(),
  timeouts: new KernelTimeouts(native),
  channel,
  together: (grid) => prober.grid(grid),
  startProbe: startProbes(host),
  watchProbe: watchProbes(host),
  startScript: startScript(),
  senses: { processes: new KernelProcesses(), files: new KernelFiles(), routes: new KernelTrackRoutes() },
  notify: { openFifo, bornOf, endLeft },
  reload: {
    file,
    read: () => rereader.read(),
    accepted: (now) => rereader.accepted(now),
    keep: (packed) => keepRunning(unpackText(packed).toString(), store),
    applied: (to) => {
      log.level = to.log.level;
    },
  },
  later: (call) => setImmediate(call),
  store,
  openControl: (service) => {
    // The last step of the start.
    rereader.settled();
    return startControlServer({
      path: config.control.socket,
      group: config.control.group,
      version,
      service,
      log,
      peer: (fd) => native.peerCredentials(fd),
    });
  },
  openPage: (listen, report) => startHttpListener({ listen, report, log, wall: () => new Date().toISOString() }),
  harden: () => {
    native.clearAmbientCapabilities();
    native.renounceRealtime();
    native.closeOnExecAll();
  },
  routerDied: (running) => lastWill(running, log),
});
process.on('SIGHUP', () => director.hangup());
const ending = await director.ended;
process.exit(ending === 'failed' ? 1 : 0);

/** The first message carries the configuration. */
function first(): Promise<ToDirector & { kind: 'config' }> {
  return new Promise((resolve) => {
    channel.onMessage((message) => {
      if (message.kind === 'config') resolve(message);
    });
  });
}

/**
 * The router was killed: its addresses must not answer any longer, since nobody speaks for them, and its routes and
 * rules go before them. An owner's addresses are the host's own and stay.
 */
async function lastWill(from: Config, to: Log): Promise<void> {
  const ways = from.vrrp.instances.flatMap((i) => [...i.routes, ...i.rules]).reverse();
  const left = from.vrrp.instances
    .filter((i) => i.priority !== OWNER)
    .flatMap((i) => [...i.virtual_addresses, ...i.excluded_addresses]);
  if (left.length + ways.length === 0) return;
  const results = [...(await new KernelWays().remove(ways)), ...(await new KernelAddresses().remove(left))];
  const failures = results.filter((result): result is Failure => result !== null);
  for (const failure of failures) to.error({ failure }, formatFailure(failure));
  to.warn({ addresses: left.length, ways: ways.length }, 'removed the virtual addresses of the dead router');
}

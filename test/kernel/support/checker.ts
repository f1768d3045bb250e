import { check } from '../../../src/config/check.js';
import { probeOf } from '../../../src/director/probe-of.js';
import { markedConnector } from '../../../src/kernel/connect-marked.js';
import { datagramSockets } from '../../../src/kernel/datagram-socket.js';
import { KernelEchoes } from '../../../src/kernel/echoes.js';
import { native } from '../../../src/kernel/native.js';
import { type Probe, startProbes } from '../../../src/probe/probe.js';
import type { Endpoint } from '../../../src/values/endpoint.js';

/** One question to this process: a check as it stands in a file, and where it goes. */
export interface Question {
  readonly id: number;
  readonly settings: object;
  readonly target: Endpoint;
}

const start = startProbes({
  connectMarked: markedConnector(native),
  datagram: datagramSockets(native),
  ping: new KernelEchoes(native).ping,
});

/** One check, asked again and again, is one probe: it may remember something. */
const probes = new Map<string, Probe>();

// Checks as the director makes them, from within another network namespace.
process.on('message', ({ id, settings, target }: Question) => {
  const key = JSON.stringify([settings, target]);
  const probe = probes.get(key) ?? probeOf(target, check.parse(settings));
  probes.set(key, probe);
  start(probe, (result) => process.send?.({ id, result }));
});
process.send?.({ id: 0 });

import { check } from '../../../src/config/check.js';
import { probeOf } from '../../../src/director/probe-of.js';
import { markedConnector } from '../../../src/kernel/connect-marked.js';
import { datagramSockets } from '../../../src/kernel/datagram-socket.js';
import { KernelEchoes } from '../../../src/kernel/echoes.js';
import { native } from '../../../src/kernel/native.js';
import { startProbes } from '../../../src/probe/probe.js';
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

// Checks as the director makes them, from within another network namespace.
process.on('message', ({ id, settings, target }: Question) => {
  start(probeOf(target, check.parse(settings)), (result) => process.send?.({ id, result }));
});
process.send?.({ id: 0 });

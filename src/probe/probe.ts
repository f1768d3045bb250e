import type { Endpoint } from '../values/endpoint.js';
import type { Duration } from '../values/time.js';
import type { Cancel, ProbeResult } from './attempt.js';
import { probeHttp } from './http.js';
import type { HttpExpectation } from './http-answer.js';
import { probeTcp } from './tcp.js';

/** Everything that one kind of attempt needs, prepared once. */
export type Probe =
  | { readonly kind: 'tcp'; readonly target: Endpoint; readonly timeout: Duration }
  | {
      readonly kind: 'http';
      readonly target: Endpoint;
      readonly timeout: Duration;
      /** From `encodeRequest`. */
      readonly request: Uint8Array;
      readonly expect: HttpExpectation;
    };

/** Starts one attempt; `done` is called once, never from within this call. */
export type StartProbe = (probe: Probe, done: (result: ProbeResult) => void) => Cancel;

/** The attempts over this machine's network. */
export const startProbe: StartProbe = (probe, done) => {
  switch (probe.kind) {
    case 'tcp':
      return probeTcp(probe.target, probe.timeout, done);
    case 'http':
      return probeHttp(probe.target, probe.timeout, probe.request, probe.expect, done);
  }
};

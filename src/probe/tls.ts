import { attempt, type Cancel, type Done } from './attempt.js';
import type { Base, ProbeHost } from './host.js';
import { TlsClient, type TlsSettings } from './secure.js';

/** Proves that a TLS handshake succeeds, with a certificate as expected; nothing is said over the connection. */
export interface TlsProbe extends Base {
  readonly kind: 'tls';
  readonly secure: TlsClient;
}

export const prepareTls = (check: TlsSettings, base: Base): TlsProbe => ({
  kind: 'tls',
  ...base,
  secure: new TlsClient(check, null),
});

export const startTls = (probe: TlsProbe, done: Done, host: ProbeHost): Cancel =>
  attempt(probe, host, null, done, probe.secure);

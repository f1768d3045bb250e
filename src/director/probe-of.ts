import type { Check } from '../config/schema.js';
import type { Base } from '../probe/host.js';
import { prepareHttp } from '../probe/http.js';
import type { Probe, ProbeOf } from '../probe/probe.js';
import { prepareTcp } from '../probe/tcp.js';
import type { Endpoint } from '../values/endpoint.js';

type Kind = Check['type'];
type CheckOf<K extends Kind> = Extract<Check, { type: K }>;

/** How a check's configuration becomes what one attempt needs: one line a kind; bytes are made here, once. */
const PREPARE: { readonly [K in Kind]: (check: CheckOf<K>, base: Base) => ProbeOf<K> } = {
  tcp: prepareTcp,
  http: prepareHttp,
};

/** Where a server's check goes: its own address and port where it has them, else the server's. */
export function targetOf(server: Endpoint, check: Check): Endpoint {
  const own = check as { readonly address?: Endpoint['address'] | null; readonly port?: number | null };
  return { address: own.address ?? server.address, port: own.port ?? server.port };
}

/** What one attempt of `check` at `target` needs. */
export function probeOf(target: Endpoint, check: Check): Probe {
  const own = check as { readonly bind?: Endpoint['address'] | null; readonly mark?: number | null };
  const [bind, mark] = [own.bind ?? null, own.mark ?? null];
  const base: Base = { target, timeout: check.timeout, way: bind === null && mark === null ? null : { bind, mark } };
  const prepare = PREPARE[check.type] as (check: Check, base: Base) => Probe;
  return prepare(check, base);
}

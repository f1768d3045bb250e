import type { Service } from '../config/schema.js';
import { PLAIN_POLICY, type ServicePolicy, type SorrySpec } from '../core/ipvs/spec.js';
import { serverSettings } from './kernel-settings.js';

/** The availability policy of a service as the director works with it; shared where it is the plain one. */
export function policyModel(service: Service): ServicePolicy {
  const policy: ServicePolicy = {
    quorum: service.quorum,
    hysteresis: service.quorum_hysteresis,
    onFailure: service.on_failure,
    start: service.start ?? 'as-found',
    slowStart: service.slow_start,
    sorry: sorryOf(service),
    onlyWhileMaster: service.only_while_master,
  };
  return JSON.stringify(policy) === PLAIN ? PLAIN_POLICY : policy;
}

const PLAIN = JSON.stringify(PLAIN_POLICY);

function sorryOf({ sorry_server: sorry }: Service): SorrySpec | null {
  if (sorry === null) return null;
  return { key: sorry.address, settings: serverSettings({ ...sorry, upper_threshold: 0, lower_threshold: 0 }) };
}

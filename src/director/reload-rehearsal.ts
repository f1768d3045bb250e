import { sayer } from '../config/say.js';
import { modelOf } from './model.js';
import { reshape } from './reload-model.js';
import { reloadPlan, type Shaped } from './reload-plan.js';

/** Three times over the code is not only compiled, but compiled well. */
const TURNS = 3;
const NAMES: ReadonlySet<string> = new Set();

/**
 * Goes through a reload for nothing: plans the way to a configuration that has a server less, and goes on with one that is the
 * same but for an object. The first reload takes three times as long as the second otherwise, and who reloads has a reason.
 */
export function rehearseReload(running: () => Shaped, replace: (next: Shaped) => void): void {
  for (let turn = 0; turn < TURNS; turn += 1) {
    const before = running();
    const { config, services } = before;
    const [first, ...others] = config.ipvs.services;
    if (first === undefined) return;
    const withFirst = (service: typeof first) => ({
      ...config,
      ipvs: { ...config.ipvs, services: [service, ...others] },
    });
    const fewer = withFirst({ ...first, servers: first.servers.slice(1) });
    reloadPlan(before, reshape(before, fewer), sayer(NAMES), NAMES);
    const [twin] = modelOf({ ...config.ipvs, services: [first] });
    if (twin !== undefined) replace({ config, services: [twin, ...services.slice(1)] });
  }
}

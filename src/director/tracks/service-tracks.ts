import { isServing, type Observed } from '../../core/ipvs/desired.js';
import type { TrackVerdict } from '../../core/track/verdict.js';
import type { ServiceModel } from '../model.js';

/** One track as configured. */
export interface ServiceTrack {
  readonly name: string;
  readonly service: string;
}

/** What is known of the services, as {@link State} has it. */
export interface ServicesKnown extends Pick<Observed, 'health' | 'admin'> {
  readonly services: readonly ServiceModel[];
}

/** null: a server that could make it up has no verdict yet. */
function verdictOf(model: ServiceModel, known: ServicesKnown): TrackVerdict | null {
  if (isServing(model.spec, known)) return { up: true, reason: null };
  const open = model.servers.some((s) => known.admin(s.row) === 'ready' && known.health(s.row) === 'unknown');
  return open ? null : { up: false, reason: 'no server is up and takes new connections' };
}

/** What tracks make of the services now; those without a verdict yet are left out. */
export function serviceVerdicts(
  tracks: readonly ServiceTrack[],
  known: ServicesKnown,
): { readonly name: string; readonly verdict: TrackVerdict }[] {
  return tracks.flatMap(({ name, service }) => {
    const model = known.services.find((s) => s.name === service);
    const verdict = model === undefined ? null : verdictOf(model, known);
    return verdict === null ? [] : [{ name, verdict }];
  });
}

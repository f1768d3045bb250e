import type { Known, Quorum } from '../../core/ipvs/quorum.js';
import type { ServiceSpec } from '../../core/ipvs/spec.js';
import type { TrackVerdict } from '../../core/track/verdict.js';
import type { ServiceModel } from '../model.js';
import { whyDown } from '../quorum.js';

/** One track as configured. */
export interface ServiceTrack {
  readonly name: string;
  readonly service: string;
}

/** What is known of the services, as {@link State} has it. */
export interface ServicesKnown extends Known {
  readonly services: readonly ServiceModel[];
  quorum(spec: ServiceSpec): Quorum;
}

/** null: servers that could make it up have no verdict yet. */
function verdictOf(model: ServiceModel, known: ServicesKnown): TrackVerdict | null {
  const quorum = known.quorum(model.spec);
  if (quorum === 'open') return null;
  return quorum === 'up' ? { up: true, reason: null } : { up: false, reason: whyDown(model.spec, known) };
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

import type { PackedPart } from '../ports/channel.js';
import type { RouterPart } from './from-config.js';
import { type InstanceSettings, keyOf } from './settings.js';

/** All of the router's part but its instances. */
export type Rest = Omit<RouterPart, 'instances'>;

/** For the way to the router. JSON: of equal settings it is the same text, whatever file they were read from. */
export function packPart({ instances, ...rest }: RouterPart): PackedPart {
  return {
    instances: instances.map((settings) => ({ key: keyOf(settings), text: JSON.stringify(settings) })),
    rest: JSON.stringify(rest),
  };
}

/** Whether the router has nothing to do to get from one to the other. */
export const samePart = (a: PackedPart, b: PackedPart): boolean =>
  a.rest === b.rest &&
  a.instances.length === b.instances.length &&
  a.instances.every(({ key, text }, i) => key === b.instances[i]?.key && text === b.instances[i]?.text);

/** @param text of {@link packPart}, from a director of the same program. */
export const unpackInstance = (text: string): InstanceSettings => JSON.parse(text) as InstanceSettings;

/** @param text of {@link packPart}, from a director of the same program. */
export const unpackRest = (text: string): Rest => JSON.parse(text) as Rest;

import { sanitize, stateWord, type Transition } from './transition.js';

/** What a command is told of the instance besides its state. */
export interface InstanceFacts {
  readonly interface: string;
  readonly virtualRouterId: number;
  /** ADDRESS/PREFIX each, in the order of the configuration. */
  readonly addresses: readonly string[];
}

/** What a command is told of the group besides its state. */
export interface GroupFacts {
  readonly instances: readonly string[];
}

/** What a command is told of the service besides its state. */
export interface ServiceFacts {
  /** `172.28.128.200:80` each; of a mark `fwmark/5`. */
  readonly services: readonly string[];
}

export type Facts = InstanceFacts | GroupFacts | ServiceFacts;

/**
 * The environment of a notification's command, besides PATH and LANG: names are a documented interface
 * (docs/notifications.md). A value that does not apply is left out; none has a control character.
 */
export function notifyEnvironment(transition: Transition, facts: Facts | null): Readonly<Record<string, string>> {
  const { subject, name, from, to, priority, reason, time, sequence, folded } = transition;
  const told = {
    DIRECTORD_KIND: subject.toUpperCase(),
    DIRECTORD_NAME: name,
    DIRECTORD_STATE: stateWord(to),
    DIRECTORD_PREVIOUS_STATE: stateWord(from),
    DIRECTORD_PRIORITY: String(priority),
    DIRECTORD_REASON: sanitize(reason ?? ''),
    DIRECTORD_TIME: time,
    DIRECTORD_SEQUENCE: String(sequence),
    DIRECTORD_FOLDED: String(folded),
  };
  if (facts === null) return told;
  if ('instances' in facts) return { ...told, DIRECTORD_INSTANCES: facts.instances.join(' ') };
  if ('services' in facts) {
    const { DIRECTORD_PRIORITY: _, ...rest } = told;
    return { ...rest, DIRECTORD_ADDRESSES: facts.services.join(' ') };
  }
  return {
    ...told,
    DIRECTORD_INTERFACE: facts.interface,
    DIRECTORD_VIRTUAL_ROUTER_ID: String(facts.virtualRouterId),
    DIRECTORD_ADDRESSES: facts.addresses.join(' '),
  };
}

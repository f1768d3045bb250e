import { unreachable } from '../values/unreachable.js';
import type { Asked, Override } from './overrides.js';

/** What an administrator asks for by a verb. */
export type OverrideVerb =
  | { readonly verb: 'drain' }
  | { readonly verb: 'undrain' }
  /** null: the configured weight again. */
  | { readonly verb: 'weight'; readonly value: number | null }
  /** `insteadOfDrain`: the end of a drain, so that `enable` alone takes it back. */
  | { readonly verb: 'disable'; readonly insteadOfDrain: boolean }
  | { readonly verb: 'enable' };

/** What a row's override becomes by a verb; the very same where it says so already, so that it does not get younger. */
export function edited(was: Override, verb: OverrideVerb, asked: Asked): Override {
  switch (verb.verb) {
    case 'drain':
      return was.drain === undefined ? { ...was, drain: asked } : was;
    case 'undrain':
      return was.drain === undefined ? was : { ...was, drain: undefined };
    case 'enable':
      return was.disabled === undefined ? was : { ...was, disabled: undefined };
    case 'disable': {
      const drain = verb.insteadOfDrain ? undefined : was.drain;
      return was.disabled !== undefined && drain === was.drain
        ? was
        : { ...was, disabled: was.disabled ?? asked, drain };
    }
    case 'weight':
      if (verb.value === null) return was.weight === undefined ? was : { ...was, weight: undefined };
      return was.weight?.value === verb.value ? was : { ...was, weight: { ...asked, value: verb.value } };
    default:
      return unreachable(verb);
  }
}

/** Whether a verb only takes something back, so that it may be about a server that the configuration has no more. */
export const takesBack = (verb: OverrideVerb): boolean =>
  verb.verb === 'undrain' || verb.verb === 'enable' || (verb.verb === 'weight' && verb.value === null);

/** Whether a verb may take the last weight of a service away. */
export const takesOut = (verb: OverrideVerb): boolean =>
  verb.verb === 'drain' || verb.verb === 'disable' || (verb.verb === 'weight' && verb.value !== null);

/**
 * Why taking back makes no sense: nothing to take back of this kind anywhere, but of the other.
 * @param called what was typed, for the advice.
 */
export function mistaken(rows: readonly Override[], verb: OverrideVerb, called: string): string | null {
  const drained = rows.some((o) => o.drain !== undefined);
  const disabled = rows.some((o) => o.disabled !== undefined);
  if (verb.verb === 'enable' && drained && !disabled) {
    return `${called} is drained, not disabled: directorctl undrain ${called} takes that back`;
  }
  if (verb.verb === 'undrain' && disabled && !drained) {
    return `${called} is disabled, not drained: directorctl enable ${called} takes that back`;
  }
  return null;
}

/** What else holds after a verb was carried out, that whoever asked may not expect; null for nothing. */
export function remains(now: Override, verb: OverrideVerb, called: string): string | null {
  if (now.disabled !== undefined && verb.verb !== 'disable') {
    return `disabled, so it has no row: directorctl enable ${called} puts it back`;
  }
  if (now.drain !== undefined && verb.verb !== 'drain') {
    const until = verb.verb === 'disable' ? 'drained as well, so enable will not be enough' : 'still drained';
    return `${until}: directorctl undrain ${called} takes that back`;
  }
  if (now.weight !== undefined && (verb.verb === 'undrain' || verb.verb === 'enable')) {
    return `keeps the weight ${now.weight.value} that it was given: directorctl weight ${called} default takes that back`;
  }
  return null;
}

/** How a verb reads in events, log and refusals. */
export const describe = (verb: OverrideVerb): string =>
  verb.verb === 'weight' ? `weight ${verb.value ?? 'default'}` : verb.verb;

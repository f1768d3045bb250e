import type { VirtualMac } from '../ports/virtual-mac.js';
import type { ArpConf, MacLink } from './macvlan-messages.js';

/** What the alias of an interface that we made begins with. */
const MARK = 'directord';

/**
 * What a parent must have: it answers for its own addresses only (1), and asks for others with its own address only (2). With
 * less than 2 it would ask with the virtual address and its own MAC, and the hosts asked would believe that.
 */
export const ON_PARENT: ArpConf = { arpIgnore: 1, arpAnnounce: 2 };

/** What to do with a name that is to be a virtual MAC's interface. */
export type Finding =
  | { readonly kind: 'absent'; readonly parent: MacLink }
  | { readonly kind: 'ours'; readonly parent: MacLink; readonly link: MacLink }
  /** Ours, but for another parent or MAC: the configuration is another one since. */
  | { readonly kind: 'stale'; readonly parent: MacLink; readonly link: MacLink }
  | { readonly kind: 'foreign'; readonly link: MacLink }
  | { readonly kind: 'no-parent' };

/** Compares what is wanted with what there is. */
export function find(wanted: VirtualMac, links: readonly MacLink[]): Finding {
  const link = links.find((l) => l.name === wanted.name);
  const parent = links.find((l) => l.name === wanted.parent);
  const fits = parent !== undefined && link?.mac === wanted.mac && liesOn(link, parent);
  if (link !== undefined && !isOurs(link) && !(fits && isUnfinished(link))) return { kind: 'foreign', link };
  if (parent === undefined) return { kind: 'no-parent' };
  if (link === undefined) return { kind: 'absent', parent };
  return { kind: fits ? 'ours' : 'stale', parent, link };
}

/** The kernel puts a macvlan of a macvlan beside that one, on the same hardware. */
export const liesOn = (link: MacLink, parent: MacLink): boolean =>
  link.parent === parent.index || (parent.kind === 'macvlan' && link.parent === parent.parent);

/** Never set up, and nobody's yet: we were ended right after we made it. */
const isUnfinished = (link: MacLink): boolean => link.kind === 'macvlan' && !link.up && link.alias === '';

/** Made by us, in this life or an earlier one. */
export const isOurs = (link: MacLink): boolean => link.kind === 'macvlan' && readNote(link.alias) !== null;

/**
 * What is put back on the parent at the end, kept where it outlives a crash of ours as long as the interface does: in the
 * interface's alias.
 */
export const writeNote = (found: ArpConf): string =>
  `${MARK} (found arp_ignore=${found.arpIgnore} arp_announce=${found.arpAnnounce})`;

/** @returns null when the alias is not one of ours. */
export function readNote(alias: string): ArpConf | null {
  const found = new RegExp(`^${MARK} \\(found arp_ignore=(\\d) arp_announce=(\\d)\\)$`).exec(alias);
  return found === null ? null : { arpIgnore: Number(found[1]), arpAnnounce: Number(found[2]) };
}

/** What a parent had before us: as another interface of ours on it says, else what it has now. */
export function before(parent: MacLink, links: readonly MacLink[]): ArpConf {
  const noted = links.filter((l) => l.kind === 'macvlan' && liesOn(l, parent)).map((l) => readNote(l.alias));
  return noted.find((note) => note !== null) ?? parent.arp ?? { arpIgnore: 0, arpAnnounce: 0 };
}

/** What a parent must have, given what it has: never less than an administrator gave it. */
export const raised = (has: ArpConf): ArpConf => ({
  arpIgnore: Math.max(has.arpIgnore, ON_PARENT.arpIgnore),
  arpAnnounce: Math.max(has.arpAnnounce, ON_PARENT.arpAnnounce),
});

/** What to put back: what was found, where it still is as we set it. */
export const restored = (has: ArpConf, found: ArpConf): ArpConf => ({
  arpIgnore: has.arpIgnore === raised(found).arpIgnore ? found.arpIgnore : has.arpIgnore,
  arpAnnounce: has.arpAnnounce === raised(found).arpAnnounce ? found.arpAnnounce : has.arpAnnounce,
});

/**
 * Packets to the virtual MAC come in on the macvlan, and the answers leave through the parent: a strict check of the way back
 * would drop them. The kernel takes the larger of this and the setting for all interfaces: where that is not 0, only the loose
 * check (2) gets past a strict one (1).
 */
export const reversePathFilter = (all: number): number => (all === 0 ? 0 : 2);

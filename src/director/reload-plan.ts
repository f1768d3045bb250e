import type { Config, Service } from '../config/schema.js';
import { serviceId } from '../core/ipvs/table.js';
import { differences, type Say, same } from '../core/reload/differences.js';
import { ipvsLines, type ServicePart } from '../core/reload/ipvs.js';
import type { PlanLine } from '../core/reload/line.js';
import { rejoining } from '../core/reload/vrrp.js';
import { apart } from '../values/alike.js';
import type { ServiceModel } from './model.js';
import { instanceKey, vrrpShape } from './vrrp-shape.js';

/** What a reload would do. */
export interface ReloadPlan {
  readonly lines: readonly PlanLine[];
  /** Settings that only a restart can change, each as `control.socket /a -> /b`; then nothing is applied. */
  readonly fixed: readonly string[];
}

/** A configuration and what the director has made of its services. */
export interface Shaped {
  readonly config: Config;
  readonly services: readonly ServiceModel[];
}

/** What this process and the router took when they started, and keep. */
const FIXED = ['control', 'state_dir'] as const;

/**
 * Compares two configurations by stable keys. None of both is changed.
 * @param masters the instances that are master here, by name.
 * @param note what people should know of a server that is new, by its row.
 */
export function reloadPlan(
  before: Shaped,
  after: Shaped,
  say: Say,
  masters: ReadonlySet<string>,
  note: (row: string) => string | null = () => null,
): ReloadPlan {
  const pick = ({ config }: Shaped) => Object.fromEntries(FIXED.map((key) => [key, config[key]]));
  return {
    fixed: differences(pick(before), pick(after), say),
    lines: [
      ...instances(before.config, after.config, say, masters),
      ...tracks(before.config, after.config, say),
      ...services(before, after, say, note),
      ...settings(rest(before.config), rest(after.config), say),
    ],
  };
}

/** What is not told of as a part of something with a name. */
function rest({ vrrp, ipvs, track: _, ...top }: Config): object {
  const { instances: _i, sync_groups: _g, ...ofVrrp } = vrrp;
  const { services: _s, ...ofIpvs } = ipvs;
  const moving = Object.entries(top).filter(([key]) => !FIXED.some((fixed) => fixed === key));
  return { ...Object.fromEntries(moving), vrrp: ofVrrp, ipvs: ofIpvs };
}

const settings = (before: object, after: object, say: Say): PlanLine[] =>
  differences(before, after, say).map((text) => {
    const space = text.indexOf(' ');
    const [name, details] = [text.slice(0, space), [text.slice(space + 1)]];
    return { change: 'change', subject: 'setting', name, of: null, details };
  });

function instances(before: Config, after: Config, say: Say, masters: ReadonlySet<string>): PlanLine[] {
  if (same(before.vrrp, after.vrrp)) return [];
  const lines = named('instance', before.vrrp.instances, after.vrrp.instances, say, instanceKey);
  const keys = new Map(
    [...before.vrrp.instances, ...after.vrrp.instances].map((each) => [each.name, instanceKey(each)]),
  );
  const why = new Map(rejoining(vrrpShape(before), vrrpShape(after)));
  const told = lines.map((line): PlanLine => {
    const key = keys.get(line.name) ?? '';
    const reason = line.change === 'change' ? why.get(key) : undefined;
    why.delete(key);
    if (line.change === 'remove' && masters.has(line.name)) {
      return { ...line, details: ['was master: gives its addresses away'] };
    }
    return reason === undefined ? line : { ...line, details: [...line.details, rejoins(reason)] };
  });
  const beside = after.vrrp.instances.flatMap((each): PlanLine[] => {
    const reason = why.get(instanceKey(each));
    if (reason === undefined) return [];
    return [{ change: 'change', subject: 'instance', name: each.name, of: null, details: [rejoins(reason)] }];
  });
  return [...told, ...beside, ...named('sync group', before.vrrp.sync_groups, after.vrrp.sync_groups, say)];
}

const rejoins = (why: string): string => `resigns and joins anew (${why})`;

const KINDS: { readonly [K in keyof Config['track']]: string } = {
  scripts: 'script',
  processes: 'tracked process',
  files: 'tracked file',
  services: 'tracked service',
  routes: 'tracked route',
  quorums: 'quorum',
};

const tracks = ({ track: before }: Config, { track: after }: Config, say: Say): PlanLine[] =>
  same(before, after)
    ? []
    : (Object.keys(KINDS) as (keyof Config['track'])[]).flatMap((kind) =>
        named(KINDS[kind], before[kind] as readonly Named[], after[kind] as readonly Named[], say),
      );

interface Named {
  readonly name: string;
}

/** The differences of two lists of things with names. */
function named<T extends Named>(
  subject: string,
  before: readonly T[],
  after: readonly T[],
  say: Say,
  key: (each: T) => string = (each) => each.name,
): PlanLine[] {
  const left = new Map(before.map((each) => [key(each), each]));
  const lines: PlanLine[] = [];
  for (const each of after) {
    const old = left.get(key(each));
    left.delete(key(each));
    const line = { subject, name: each.name, of: null };
    if (old === undefined) lines.push({ ...line, change: 'add', details: [] });
    else if (!same(old, each)) lines.push({ ...line, change: 'change', details: differences(old, each, say) });
  }
  for (const { name } of left.values()) lines.push({ change: 'remove', subject, name, of: null, details: [] });
  return lines;
}

/** Keys of a service and a server in the file that say which one it is: the kernel's key says that. */
const KEYS = new Set(['address', 'addresses', 'fwmark', 'family', 'protocol', 'keys', 'name', 'servers', 'weight']);

const without = (part: object): object => Object.fromEntries(Object.entries(part).filter(([key]) => !KEYS.has(key)));

type Note = (row: string) => string | null;

function services(before: Shaped, after: Shaped, say: Say, note: Note): PlanLine[] {
  const { left, right } = apart(before.services, after.services);
  return ipvsLines(serviceParts(before, left, note), serviceParts(after, right, note), say);
}

/** Some services of a configuration, in its order. */
function serviceParts({ config, services: all }: Shaped, some: readonly ServiceModel[], note: Note): ServicePart[] {
  let i = -1;
  return some.map((model) => {
    i = all.indexOf(model, i + 1);
    const service = config.ipvs.services[i] as Service;
    return {
      ids: model.spec.keys.map(serviceId),
      name: model.name,
      settings: without(service),
      scheduler: service.scheduler,
      servers: service.servers.map((server, n) => ({
        id: model.servers[n]?.address ?? '',
        weight: server.weight,
        settings: { name: server.name, ...without(server) },
        note: () => note(model.servers[n]?.row ?? ''),
      })),
    };
  });
}

import { z } from 'zod';
import { flag, listOf, mapping, orNull, whole } from './fields.js';
import { says } from './found.js';
import { interfaceName, name } from './scalars.js';
import { delay, reverse, weight } from './track-kinds.js';

/** How an instance uses a track; null where the track's own setting holds. */
interface Use {
  readonly name: string;
  readonly weight: number | null;
  readonly reverse: boolean | null;
}

/** A list of names, or of mappings with what is different for this instance. `most`: the weight's bound. */
function uses(key: string, example: string, most: number, what: string) {
  const plain = name().transform((given): Use => ({ name: given, weight: null, reverse: null }));
  const long = mapping({
    name: name().describe(`Its name under \`track.${key}\`.`),
    weight: orNull(whole(-most, most)).describe('For this instance. Default: its own.'),
    reverse: orNull(flag()).describe('For this instance. Default: its own.'),
  });
  const element = z.union([plain, long], {
    error: says(`a name under track.${key}, or a mapping such as { name: ${example}, weight: -20, reverse: true }`),
  });
  return listOf(element, `names of ${what}`)
    .prefault([])
    .describe(`Names of ${what} under \`track.${key}\`, or mappings with another weight or reverse.`);
}

const plainInterface = interfaceName().transform((given) => ({
  name: given,
  weight: 0,
  reverse: false,
  up_delay: NONE,
  down_delay: NONE,
}));

const longInterface = mapping({
  name: interfaceName().describe('The interface.'),
  weight: weight(),
  reverse: reverse(),
  up_delay: delay('up'),
  down_delay: delay('down'),
});

const NONE = delay('up').parse(undefined);

const trackedInterface = z.union([plainInterface, longInterface], {
  error: says('an interface name, or a mapping such as { name: eth2, weight: -30, up_delay: 1s, down_delay: 500ms }'),
});

/** `track:` of an instance. */
export const instanceTrack = mapping({
  scripts: uses('scripts', 'chk_web', 253, 'track scripts'),
  interfaces: listOf(trackedInterface, 'interface names')
    .prefault([])
    .describe('Interfaces that must be up and have a carrier; or mappings with a weight, reverse or delays.'),
  processes: uses('processes', 'haproxy', 253, 'tracked processes'),
  files: uses('files', 'load', 254, 'tracked files'),
  services: uses('services', 'web', 253, 'tracked services'),
  routes: uses('routes', 'uplink', 253, 'tracked routes'),
  quorums: uses('quorums', 'two_of_three', 253, 'quorums'),
});

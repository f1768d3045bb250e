import { describe, expect, test } from 'vitest';
import { formatProblem, parseConfig } from '../../src/config/load.js';
import { rows as addresses } from './bad/addresses.js';
import { rows as allAtOnce } from './bad/all-at-once.js';
import { rows as checks } from './bad/checks.js';
import { rows as connectionSync } from './bad/connection-sync.js';
import { rows as httpChecks } from './bad/http-checks.js';
import { rows as ipvs } from './bad/ipvs.js';
import { rows as notify } from './bad/notify.js';
import { rows as password } from './bad/password.js';
import { rows as policy } from './bad/policy.js';
import type { BadFile } from './bad/row.js';
import { rows as services } from './bad/services.js';
import { rows as slips } from './bad/slips.js';
import { rows as switches } from './bad/switches.js';
import { rows as syncGroups } from './bad/sync-groups.js';
import { rows as theFile } from './bad/the-file.js';
import { rows as track } from './bad/track.js';
import { rows as trackKinds } from './bad/track-kinds.js';
import { rows as unicast } from './bad/unicast.js';
import { rows as virtualMac } from './bad/virtual-mac.js';
import { rows as vrrp } from './bad/vrrp.js';

const groups: Record<string, readonly BadFile[]> = {
  'the file': theFile,
  'slips of the pen': slips,
  vrrp,
  addresses,
  password,
  track,
  'other tracks': trackKinds,
  ipvs,
  'availability of services': policy,
  services,
  switches,
  checks,
  'checks by HTTP and TLS': httpChecks,
  'connection sync': connectionSync,
  'sync groups': syncGroups,
  unicast,
  'virtual MAC and acceptance': virtualMac,
  notify,
  'all at once': allAtOnce,
};

for (const [group, rows] of Object.entries(groups)) {
  describe(`bad input, ${group}`, () => {
    test.each(rows)('%s', (_, yaml, ...messages) => {
      const result = parseConfig(yaml, 'f.yaml');
      const lines = result.ok ? ['valid'] : result.problems.map(formatProblem);
      expect(lines).toEqual(messages.map((line) => `f.yaml:${line}`));
    });
  });
}

test('no message repeats a password', () => {
  for (const [title, yaml] of vrrp.filter(([, text]) => text.includes('auth:'))) {
    const result = parseConfig(yaml, 'f.yaml');
    expect(JSON.stringify(result.ok ? [] : result.problems), title).not.toMatch(/gargoyle|76543210|pässword/i);
  }
});

import { expect, it } from 'vitest';
import * as numbers from '../../src/wire/nftables-constants.js';
import { fromHeaders } from '../kernel/support/headers.js';

it('every number about packet filters is the one in the kernel’s headers', () => {
  const names = Object.keys(numbers);
  const found = fromHeaders(names.map((name) => `printf("%s %lld\\n", "${name}", (long long)${name});`).join('\n'));
  expect(found).toBe(
    Object.entries(numbers)
      .map(([name, value]) => `${name} ${value}\n`)
      .join(''),
  );
});

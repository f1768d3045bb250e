import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const rows = readFileSync('docs/vrrp-conformance.md', 'utf8')
  .split('\n')
  .map((line) => /^\| (\d+) \| [^|]+ \| (.+) \|$/.exec(line))
  .filter((row) => row !== null)
  .map(([, n = '', proof = '']) => ({ n: Number(n), proof }));

describe('the table of the RFCs’ requirements', () => {
  it('has each of the 39 lines once, in order', () => {
    expect(rows.map((row) => row.n)).toEqual(Array.from({ length: 39 }, (_, i) => i + 1));
  });

  it.each(rows)('$n: names tests that exist', ({ proof }) => {
    const files = [...proof.matchAll(/test\/[\w./-]+\.ts/g)].map(([file]) => file);
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    expect(proof).toMatch(/test\//);
  });
});

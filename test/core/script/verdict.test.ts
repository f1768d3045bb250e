import { expect, it } from 'vitest';
import { describeEnd, succeeded } from '../../../src/core/script/verdict.js';
import { micros, seconds } from '../../../src/values/time.js';

it('counts only exit code 0 as a success', () => {
  expect(succeeded({ kind: 'exit', code: 0 })).toBe(true);
  expect(succeeded({ kind: 'exit', code: 1 })).toBe(false);
  expect(succeeded({ kind: 'signal', signal: 'SIGSEGV' })).toBe(false);
});

it('describes each end on one line, with what the script said and without its control characters', () => {
  expect(describeEnd({ kind: 'exit', code: 3 }, 'inactive\n\u001b[31mred\u009b\n')).toBe(
    'exit code 3: inactive [31mred',
  );
  expect(describeEnd({ kind: 'signal', signal: 'SIGSEGV' }, '')).toBe('ended by SIGSEGV');
  expect(describeEnd({ kind: 'timeout', after: seconds(2) }, '')).toBe('timed out after 2s');
  expect(describeEnd({ kind: 'timeout', after: micros(3_999_993) }, '')).toBe('timed out after 4s');
  expect(describeEnd({ kind: 'refused', why: '/x is not a file' }, '')).toBe('/x is not a file');
  expect(describeEnd({ kind: 'stuck', pid: 7 }, '')).toContain('process 7');
});

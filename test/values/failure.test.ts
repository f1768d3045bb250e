import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inWords } from '../../src/values/failure.js';

describe('an error of the system', () => {
  it('is told in words, a rare one by its name, and one without a name as it says itself', () => {
    expect(inWords(Object.assign(new Error('x'), { code: 'EACCES' }))).toBe('permission denied');
    expect(inWords(Object.assign(new Error('x'), { code: 'EXDEV' }))).toBe('EXDEV');
    expect(inWords(new Error('x'))).toBe('x');
    expect(inWords('x')).toBe('x');
    expect(inWords(null)).toBe('null');
  });

  it('is that of node', () => {
    let thrown: unknown = null;
    try {
      readFileSync('/none');
    } catch (error) {
      thrown = error;
    }
    expect(inWords(thrown)).toBe('no such file');
  });
});

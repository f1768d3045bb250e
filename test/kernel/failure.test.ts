import { describe, expect, it } from 'vitest';
import { failureOf, SOCKET_ERRORS } from '../../src/kernel/failure.js';
import { fromHeaders } from './support/headers.js';

describe('a caught error', () => {
  it('that has only the text of strerror(3) gets its name back', () => {
    expect(failureOf('lan.send', 'eth1', new Error('Network is down'))).toEqual({
      what: 'lan.send',
      code: 'ENETDOWN',
      detail: 'eth1',
    });
  });

  it('gets the name that the C library has for the text', () => {
    const names = [...SOCKET_ERRORS.values()];
    const found = fromHeaders(names.map((name) => `printf("%s\\n", strerror(${name}));`).join('\n'));
    expect(found.trim().split('\n')).toEqual([...SOCKET_ERRORS.keys()]);
  });

  it('of a system call keeps its code, and the call is named', () => {
    const error = Object.assign(new Error('bind: EPERM'), { code: 'EPERM', errno: 1, syscall: 'bind' });
    expect(failureOf('lan.open', 'eth1', error)).toEqual({ what: 'lan.open', code: 'EPERM', detail: 'eth1 (bind)' });
  });

  it('of any other kind says what it said', () => {
    expect(failureOf('x', 'y', new TypeError('odd'))).toEqual({ what: 'x', code: 'failed', detail: 'y (odd)' });
    expect(failureOf('x', 'y', 'odd')).toEqual({ what: 'x', code: 'failed', detail: 'y (odd)' });
  });
});

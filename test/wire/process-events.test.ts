import fc from 'fast-check';
import { expect, it } from 'vitest';
import * as events from '../../src/wire/process-events.js';
import { fromHeaders } from '../kernel/support/headers.js';

/** As this kernel wrote them: the answer, a fork of 16104 by 16104's parent, an exec, an end. */
const head = (what: string, data: string): Uint8Array =>
  Uint8Array.from(
    Buffer.from(
      `4c000000${'0300'}${'0000'}${'00000000'}${'00000000'}${'01000000'}${'01000000'}${'00000000'}${'00000000'}${'2800'}${'0000'}${what}${'00000000'}${'493d0a4ecd0b0000'}${data}`,
      'hex',
    ),
  );

it('reads who was forked, executed something, was renamed or ended, and whether that was a thread', () => {
  const rest = '0000000000000000';
  expect(events.decodeProcessEvents(head('00000000', `00000000${'00000000'}${rest}${rest}`))).toEqual([
    { kind: 'answer', error: 0 },
  ]);
  expect(events.decodeProcessEvents(head('01000000', `e83e0000e83e0000113f0000113f0000${rest}`))).toEqual([
    { kind: 'fork', thread: 16145, process: 16145 },
  ]);
  expect(events.decodeProcessEvents(head('02000000', `123f0000113f0000${rest}${rest}`))).toEqual([
    { kind: 'exec', thread: 16146, process: 16145 },
  ]);
  expect(events.decodeProcessEvents(head('00000080', `113f0000113f0000${rest}${rest}`))).toEqual([
    { kind: 'exit', thread: 16145, process: 16145 },
  ]);
  expect(events.decodeProcessEvents(head('04000000', `113f0000113f0000${rest}${rest}`))).toEqual([]);
});

it('takes any bytes for what they are, without an exception', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      events.decodeProcessEvents(bytes);
    }),
  );
  const whole = head('01000000', 'e83e0000e83e0000113f0000113f00000000000000000000');
  for (let n = 0; n < whole.length; n += 1) expect(events.decodeProcessEvents(whole.subarray(0, n))).toEqual([]);
});

it('has the numbers and sizes of the kernel’s headers', () => {
  const { SIZEOF_CN_MSG, OFFSETOF_EVENT_DATA } = events;
  const sized = (name: string): boolean => name.startsWith('SIZEOF') || name.startsWith('OFFSETOF');
  const numbers = Object.fromEntries(
    Object.entries(events).filter(([name, value]) => typeof value === 'number' && !sized(name)),
  );
  const lines = Object.keys(numbers).map((name) => `printf("%s %u\\n", "${name}", (unsigned)${name});`);
  const sizes = 'printf("%zu %zu", sizeof(struct cn_msg), offsetof(struct proc_event, event_data));';
  const expected = Object.entries(numbers).map(([name, value]) => `${name} ${value}\n`);
  expect(fromHeaders([...lines, sizes].join('\n'))).toBe(`${expected.join('')}${SIZEOF_CN_MSG} ${OFFSETOF_EVENT_DATA}`);
});

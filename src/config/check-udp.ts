import { z } from 'zod';
import { bodyMatch } from './check-http.js';
import { network, timing } from './check-shared.js';
import { flag, mapping, matching, orNull, parsed, whole, wrong } from './fields.js';

/** The longest datagram over IPv4: 65,535 less the headers of IP and UDP. */
const LONGEST = 65_507;

const HEX = 'bytes as hexadecimal digits such as 0aff00 or "0a ff 00"';

const bytes = () =>
  parsed(
    HEX,
    (text) => {
      const digits = text.replace(/[\s:]/g, '');
      if (!/^[0-9a-f]+$/i.test(digits)) return wrong();
      if (digits.length % 2 !== 0) return wrong('has an odd number of digits');
      return Uint8Array.from(Buffer.from(digits, 'hex'));
    },
    { pattern: '^[0-9A-Fa-f\\s:]+$', examples: ['0aff00'] },
    (input) => (typeof input === 'number' ? 'is a number: put it into quotes' : null),
  );

const masked = () =>
  parsed(
    `${HEX}, an x where any digit will do`,
    (text) => {
      const digits = text.replace(/[\s:]/g, '');
      if (!/^[0-9a-fx]+$/i.test(digits)) return wrong();
      if (digits.length % 2 !== 0) return wrong('has an odd number of digits');
      const of = (map: (digit: string) => string): Uint8Array =>
        Uint8Array.from(Buffer.from([...digits].map(map).join(''), 'hex'));
      const any = (digit: string): boolean => digit === 'x' || digit === 'X';
      return {
        kind: 'bytes' as const,
        bytes: of((digit) => (any(digit) ? '0' : digit)),
        mask: of((digit) => (any(digit) ? '0' : 'f')),
      };
    },
    { pattern: '^[0-9A-Fa-fXx\\s:]+$', examples: ['0aff00', 'xxxx8180'] },
    (input) => (typeof input === 'number' ? 'is a number: put it into quotes' : null),
  );

const length = () => whole(0, LONGEST);

/** `check: { type: udp }` */
export const udp = mapping({
  type: z
    .literal('udp')
    .describe(
      'A datagram is answered as expected. Where no reply is asked for, that no error (port, host or network unreachable) comes back; that a host is not there is told seconds later, and counts for 8 s. Hosts limit how many such errors they send: ask for a reply where the server gives one.',
    ),
  send: orNull(matching(/^[\s\S]{1,9000}$/, 'a text of 1 to 9000 characters')).describe(
    'The text to send. Default: an empty datagram.',
  ),
  send_hex: orNull(bytes()).describe('Instead of `send`: the bytes to send.'),
  require_reply: flag()
    .optional()
    .describe('Whether a reply must come. Default: where one of the next keys says what it must be like.'),
  expect: orNull(bodyMatch).describe(
    'What the first reply must contain: a text, or a regular expression between slashes. Default: anything.',
  ),
  expect_hex: orNull(masked()).describe(
    'Instead of `expect`: the bytes that the reply begins with; x stands for any digit. A shorter reply is compared as far as it goes.',
  ),
  min_reply_length: length().prefault(0).describe('The least bytes of a reply.'),
  max_reply_length: length().prefault(LONGEST).describe('The most bytes of a reply.'),
  ...network,
  ...timing,
}).superRefine((c, context) => {
  const clash = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  if (c.send !== null && c.send_hex !== null) {
    clash('send_hex', 'found send_hex beside send; allowed: one of the two');
  }
  if (c.expect !== null && c.expect_hex !== null) {
    clash('expect_hex', 'found expect_hex beside expect; allowed: one of the two');
  }
  if (c.min_reply_length > c.max_reply_length) {
    clash(
      'min_reply_length',
      `found ${c.min_reply_length}, more than max_reply_length; allowed: at most ${c.max_reply_length}`,
    );
  }
  const expects = c.expect !== null || c.expect_hex !== null || c.min_reply_length > 0 || c.max_reply_length < LONGEST;
  if (c.require_reply === false && expects) {
    clash('require_reply', 'found false beside what the reply must be like; allowed: true, or no such key');
  }
});

import { type BadFile, instance } from './row.js';

export const rows: readonly BadFile[] = [
  [
    'a password of 9 characters',
    instance('auth: { type: pass, pass: Gargoyle9 }'),
    '7:33: vrrp.instances[0].auth.pass: found 9 characters; allowed: 8 at most, because VRRP carries no more of a password. keepalived cuts a longer one and sends its first 8: write those to work with it',
  ],
  [
    'an empty password',
    instance('auth: { type: pass, pass: "" }'),
    '7:33: vrrp.instances[0].auth.pass: found an empty text; allowed: 1 to 8 printable ASCII characters',
  ],
  [
    'a password that is missing',
    instance('auth: { type: pass }'),
    '7:13: vrrp.instances[0].auth.pass: missing; allowed: 1 to 8 printable ASCII characters (quote a password of digits)',
  ],
  [
    'a password that YAML reads as a number',
    instance('auth: { type: pass, pass: 76543210 }'),
    '7:33: vrrp.instances[0].auth.pass: found a number (not shown); allowed: 1 to 8 printable ASCII characters (quote a password of digits)',
  ],
  [
    'a password that is not ASCII',
    instance('auth: { type: pass, pass: pässword }'),
    '7:33: vrrp.instances[0].auth.pass: found characters that are not printable ASCII; allowed: 1 to 8 printable ASCII characters',
  ],
  [
    'a password without its key',
    instance('auth: { type: pass, Gargoyle }'),
    '7:13: vrrp.instances[0].auth.pass: missing; allowed: 1 to 8 printable ASCII characters (quote a password of digits)',
    '7:13: vrrp.instances[0].auth: unknown key (not shown: it may be a password); allowed: type, pass',
  ],
  [
    'a password alone',
    instance('auth: Gargoyle'),
    '7:13: vrrp.instances[0].auth: found a text (not shown); allowed: a mapping such as { type: none } or { type: pass, pass: SECRET }',
  ],
  [
    'a password where the type belongs',
    instance('auth: { type: Gargoyle }'),
    '7:21: vrrp.instances[0].auth.type: found another word (not shown); allowed: none, pass',
  ],
  [
    'a password that YAML takes for an alias',
    instance('auth: { type: pass, pass: *Gargoyle }'),
    '7:33: vrrp.instances[0].auth.pass: an alias (*) without its anchor (&) before it; allowed: quotes around a text that begins with *',
  ],
  [
    'a password that YAML takes for a tag',
    instance('auth: { type: pass, pass: !Gargoyle }'),
    '7:33: this is no YAML: a tag (!name) that YAML does not know; allowed: no tags, or quotes around a text that begins with !',
  ],
  [
    'a password with a reserved character',
    instance('auth: { type: pass, pass: @Gargoyle }'),
    '7:33: this is no YAML: a text that begins with a character that YAML reserves (@ ` % | > or another); allowed: quotes around it',
  ],
  [
    'a password beside type none',
    instance('auth: { type: none, pass: Gargoyle }'),
    '7:13: vrrp.instances[0].auth: unknown key (not shown: it may be a password); allowed: type',
  ],
  [
    'a password that stands twice',
    instance('auth: { type: pass, pass: Gargoyle, pass: Gargoyle }'),
    '7:43: vrrp.instances[0].auth: this key stands here already; allowed: each key once',
  ],
  [
    'an authentication of another type',
    instance('auth: { type: ah, pass: Gargoyle }'),
    '7:21: vrrp.instances[0].auth.type: found another word (not shown); allowed: none, pass',
  ],
];

import { Pattern } from '../values/pattern.js';
import { parsed, type Wrong, wrong } from './fields.js';

/** What a text must have. Plain data: it travels between processes. */
export type TextMatch =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string };

/**
 * A text that must be contained, or a regular expression between slashes. One whose time has no bound is refused: what
 * it is matched with comes from outside.
 */
export const textMatch = (what: string) =>
  parsed(`a text that ${what} contains, or a regular expression such as /^ok$/m`, (text): TextMatch | Wrong => {
    if (text === '') return wrong();
    const parts = /^\/(.+)\/([a-z]*)$/s.exec(text);
    if (parts === null) return { kind: 'text', text };
    const [, source = '', flags = ''] = parts;
    if (!/^[imsu]*$/.test(flags)) return wrong('has a flag that is not i, m, s or u');
    const pattern = Pattern.of(source, flags);
    return pattern instanceof Pattern ? { kind: 'regex', source, flags } : wrong(pattern.wrong);
  });

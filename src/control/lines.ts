/** What a {@link LineReader} makes of the bytes so far. */
export type Lines =
  | { readonly ok: true; readonly lines: readonly string[] }
  | { readonly ok: false; readonly why: 'too-long' | 'not-utf8'; readonly lines: readonly string[] };

/** Splits bytes into lines and holds at most `maxBytes` of an unfinished one. */
export interface LineReader {
  /** After an answer that is not ok the reader takes nothing more: what follows could not be told apart. */
  push(chunk: Uint8Array): Lines;
}

const NEWLINE = 0x0a;

/** @param maxBytes the longest line, its newline not counted. */
export function lineReader(maxBytes: number): LineReader {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let parts: Uint8Array[] = [];
  let held = 0;

  const take = (): string | null => {
    const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    parts = [];
    held = 0;
    try {
      return decoder.decode(bytes);
    } catch {
      return null;
    }
  };

  return {
    push(chunk) {
      const lines: string[] = [];
      let from = 0;
      while (from < chunk.length) {
        const end = chunk.indexOf(NEWLINE, from);
        const piece = chunk.subarray(from, end < 0 ? chunk.length : end);
        if (held + piece.length > maxBytes) return { ok: false, why: 'too-long', lines };
        parts.push(piece);
        held += piece.length;
        if (end < 0) break;
        const line = take();
        if (line === null) return { ok: false, why: 'not-utf8', lines };
        if (line.trim() !== '') lines.push(line);
        from = end + 1;
      }
      return { ok: true, lines };
    },
  };
}

/** Text lines out of bytes that come in pieces: what SMTP and Redis speak. Keeps no more than one line and its bound. */
export class Lines {
  #rest = '';
  readonly #longest: number;

  /** @param longest in bytes; a longer line is no line of an honest server. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  /** Whether anything of a line that is not whole has come. */
  get begun(): boolean {
    return this.#rest !== '';
  }

  /** @returns the whole lines without their ends, or null where one is too long. */
  feed(bytes: Uint8Array): string[] | null {
    const parts = (this.#rest + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#rest = parts.pop() ?? '';
    const lines = parts.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
    return [this.#rest, ...lines].some((line) => line.length > this.#longest) ? null : lines;
  }
}

/** What a server said, as it may stand in a reason: printable, and not long. */
export function quoted(text: string): string {
  const clean = text.replace(/[^\x20-\x7e]/g, '?').trim();
  return JSON.stringify(clean.length > 120 ? `${clean.slice(0, 120)}...` : clean);
}

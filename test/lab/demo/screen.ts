import { panelWidth } from './panel.js';
import { type Paint, paint } from './words.js';

/** Where the demo shows itself: lines that stay, and below them, on a terminal, a panel that is drawn again and again. */
export class Screen {
  readonly paint: Paint;
  /** Whether there is a panel. */
  readonly live: boolean;
  readonly #write: (text: string) => void;
  #panel: readonly string[] = [];

  /** @param columns of the terminal, 0 where nothing can be redrawn */
  constructor(columns: number, colours: boolean, write: (text: string) => void) {
    this.live = columns > panelWidth;
    this.paint = paint(colours);
    this.#write = write;
  }

  /** Adds lines that stay. */
  say(...lines: readonly string[]): void {
    this.#write(`${this.#toTop()}${this.live ? '\u001b[J' : ''}${[...lines, ...this.#panel].join('\n')}\n`);
  }

  /** Draws the panel anew; an empty one takes it away. Nothing happens where there is none. */
  draw(lines: readonly string[]): void {
    if (this.live) {
      const rest = lines.length < this.#panel.length ? '\u001b[J' : '';
      this.#write(`${this.#toTop()}${lines.map((line) => `${line}\u001b[K\n`).join('')}${rest}`);
      this.#panel = lines;
    }
  }

  #toTop(): string {
    return this.#panel.length > 0 ? `\u001b[${this.#panel.length}A\r` : '';
  }
}

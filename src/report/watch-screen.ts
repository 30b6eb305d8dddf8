import type { Io } from '../io.js';
import { visible } from '../terminal/visible.js';
import { clip, visibleWidth } from './text.js';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

/**
 * The terminal while something is watched: a screen of its own, redrawn in place in one write, so that nothing flickers; what
 * was there before is back at the end.
 */
export class WatchScreen {
  readonly #stdout: Io['stdout'];
  readonly #redraw = (): void => this.#paint();
  #render: ((columns: number) => string) | undefined;

  constructor(stdout: Io['stdout']) {
    this.#stdout = stdout;
    stdout.write(ENTER);
    stdout.on('resize', this.#redraw);
  }

  /** `render` makes the text for so many columns; it is called again when the terminal changes its size. */
  show(render: (columns: number) => string): void {
    this.#render = render;
    this.#paint();
  }

  close(): void {
    this.#stdout.off('resize', this.#redraw);
    this.#stdout.write(LEAVE);
  }

  #paint(): void {
    if (this.#render === undefined) return;
    const columns = this.#stdout.columns ?? 80;
    const lines = fitted(this.#render(columns).split('\n'), this.#stdout.rows ?? 24);
    const drawn = lines.map(
      (line) => `${visible(visibleWidth(line) > columns ? clip(line, columns) : line)}\x1b[K`,
    );
    this.#stdout.write(`\x1b[H${drawn.join('\r\n')}\x1b[J`);
  }
}

/** Too many lines for the screen: the middle goes, since the verdict stands last. */
function fitted(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  const tail = Math.min(3, rows - 2);
  const head = Math.max(0, rows - 1 - tail);
  const hidden = lines.length - head - tail;
  return [...lines.slice(0, head), `... ${hidden} more lines: enlarge the window`, ...lines.slice(-tail)];
}

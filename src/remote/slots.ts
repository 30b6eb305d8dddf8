/** At most `limit` holders at a time; the others wait in order. */
export class Slots {
  #free: number;
  #held = 0;
  readonly #waiting: Array<() => void> = [];

  constructor(limit: number) {
    this.#free = limit;
  }

  /**
   * For a holder whose slot has turned out not to be there: there is one less from now on, and it waits for somebody
   * else's, before all others. Undefined when nobody else holds one: it keeps its own.
   */
  async trade(): Promise<(() => void) | undefined> {
    if (this.#held <= 1) return undefined;
    this.#held -= 1;
    await new Promise<void>((resolve) => this.#waiting.unshift(resolve));
    return this.#holding();
  }

  /** Resolves with the function that gives the slot back (once; further calls do nothing). */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#holding();
  }

  #holding(): () => void {
    this.#held += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#held -= 1;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }
}

import type { Secret } from '../spec/secret.js';

/** There is one terminal: two nodes that connect at once must not ask at once. */
let last: Promise<unknown> = Promise.resolve();

/** Runs `ask` after every earlier question was answered, failed or given up. */
export function inTurn<T>(ask: () => Promise<T>): Promise<T> {
  const mine = last.then(ask, ask);
  last = mine.catch(() => undefined);
  return mine;
}

/** Asks for a secret; undefined when nobody may be asked. */
export type AskSecret = (prompt: string) => Promise<Secret>;

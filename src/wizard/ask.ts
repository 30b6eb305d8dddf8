import type { Io } from '../io.js';
import type { HostKeyQuestion } from '../remote/options.js';
import type { Secret } from '../spec/secret.js';
import { plainPrompter } from './plain.js';
import { richPrompter } from './rich.js';

/** Questions on the terminal. Everything is asked on stderr, so that stdout holds results only. */
export interface Asker {
  confirm(message: string): Promise<boolean>;
  /** True when exactly `expected` was typed. */
  typed(message: string, expected: string): Promise<boolean>;
  secret(message: string): Promise<Secret>;
  hostKey(question: HostKeyQuestion): Promise<boolean>;
}

/** An asker on this terminal. Ctrl-C in a question ends the run with exit 130. */
export function createAsker(io: Io): Asker {
  const color = io.stderr.isTTY === true && (io.env.NO_COLOR ?? '') === '';
  const prompter = io.plain === true ? plainPrompter(io) : richPrompter(io, color);
  return {
    confirm: (message) => prompter.confirm(message),
    typed: async (message, expected) =>
      (await prompter.type({ message }, async () => undefined)) === expected,
    secret: (message) => prompter.secret(message),
    hostKey: ({ host, port, keyType, fingerprint, jumpTo }) =>
      prompter.confirm(
        `${jumpTo === undefined ? '' : `The jump host on the way to ${jumpTo}, `}${host} port ${port}${jumpTo === undefined ? '' : ','} is not known. Its ${keyType} key is ${fingerprint}. Trust it from now on?`,
      ),
  };
}

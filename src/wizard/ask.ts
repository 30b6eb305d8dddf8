import { createPromptModule } from 'inquirer';
import { ExitCode, HastconfError } from '../errors.js';
import type { Io } from '../io.js';
import type { HostKeyQuestion } from '../remote/connect.js';
import { Secret } from '../spec/secret.js';

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
  const prompt = createPromptModule({ input: io.stdin, output: io.stderr });
  const ask = async <T>(question: Promise<{ answer: T }>): Promise<T> => {
    try {
      return (await question).answer;
    } catch (error) {
      if (error instanceof Error && error.name === 'ExitPromptError') {
        throw new HastconfError(ExitCode.Interrupted, 'interrupted', { cause: error });
      }
      throw error;
    }
  };
  return {
    confirm: (message) =>
      ask<boolean>(prompt([{ type: 'confirm', name: 'answer', message, default: false }])),
    typed: async (message, expected) =>
      (await ask<string>(prompt([{ type: 'input', name: 'answer', message }]))).trim() === expected,
    secret: async (message) =>
      new Secret(await ask<string>(prompt([{ type: 'password', name: 'answer', message }]))),
    hostKey: ({ host, port, keyType, fingerprint }) =>
      ask<boolean>(
        prompt([
          {
            type: 'confirm',
            name: 'answer',
            message: `${host} port ${port} is not known. Its ${keyType} key is ${fingerprint}. Trust it from now on?`,
            default: false,
          },
        ]),
      ),
  };
}

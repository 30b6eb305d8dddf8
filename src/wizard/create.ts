import { dirname } from 'node:path';
import type { Io } from '../io.js';
import { localHome } from '../local-user.js';
import { carpPasswordPath } from '../spec/derive.js';
import type { ClusterSpec } from '../spec/types.js';
import { answersPath, exists, saveAnswers, writeWhole } from './answers-file.js';
import { START } from './flow.js';
import type { Machines } from './ports.js';
import type { Prompter } from './prompter.js';
import { QUESTIONS } from './questions/index.js';
import type { Wizard } from './wizard.js';

/** A wizard at its start, for a cluster file of this absolute path; what it keeps lies beside that. */
export async function createWizard(
  prompter: Prompter,
  machines: Machines,
  io: Io,
  specPath: string,
): Promise<Wizard> {
  const secretPath = carpPasswordPath({ carp: {} } as ClusterSpec, specPath);
  const home = localHome(io.env);
  return {
    prompter,
    machines,
    questions: QUESTIONS,
    files: { home, directory: dirname(specPath) },
    here: {
      freebsd: process.platform === 'freebsd',
      password: await exists(secretPath),
      cwd: io.cwd,
      home,
    },
    progress: START,
    said: new Set(),
    keep: (progress) => saveAnswers(answersPath(specPath), progress, io.now()),
    keepSecret: (secret) => writeWhole(secretPath, `${secret.reveal()}\n`, 0o600),
  };
}

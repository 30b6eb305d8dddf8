import type { Become } from '../spec/types.js';
import type { Running } from './channel.js';
import type { Patience } from './limits.js';
import type { AskSecret } from './questions.js';
import type { ExecResult } from './target.js';

/** Runs one prepared script on a fresh channel; `opened` is told of it, so that it can be killed. */
export type Run = (
  input: string,
  patience: Patience,
  opened: (running: Running) => void,
  onStdout?: (text: string) => void,
) => Promise<ExecResult>;

/** What the login shell (csh or sh) is given; nothing in it but plain words. */
export const SHELL = '/bin/sh -s';

/** What becoming root needs to know of its connection. */
export interface Rooting {
  node: string;
  become: Become;
  user: string;
  askSecret: AskSecret | undefined;
  /** Counts a channel. */
  onChannel: () => void;
}

import type { ChildProcess } from 'node:child_process';
import type { CommandResult } from '../types.js';
import { decodeBytes } from './bytes.js';
import { childrenOf, send } from './proc.js';

/** Time for output still under way after a program's end, when something it started keeps its pipes (ms). */
const DRAIN_MS = 20;

/**
 * Sends a signal to a program that LabNode.spawn started, and to what it started in its process group. Where
 * the node has namespaces, the program is the child of what entered them.
 */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  const inside = childrenOf(child.pid).filter((pid) => send(-pid, signal));
  if (inside.length === 0) send(-child.pid, signal);
}

export function collect(child: ChildProcess): Promise<CommandResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    const done = (code: number | null, signal: NodeJS.Signals | null) =>
      resolve({
        code: code ?? 128 + (SIGNAL_NUMBERS[signal ?? ''] ?? 9),
        stdout: decodeBytes(Buffer.concat(stdout)),
        stderr: decodeBytes(Buffer.concat(stderr)),
      });
    child.once('close', done);
    child.once('exit', (code, signal) => {
      // What a daemon that keeps the pipes writes later is nobody's.
      setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        done(code, signal);
      }, DRAIN_MS);
    });
  });
}

const SIGNAL_NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
};

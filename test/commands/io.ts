import { PassThrough } from 'node:stream';
import type { CommandContext, GlobalOptions } from '../../src/io.js';

/** A command's surroundings that keep what it writes; no terminal unless asked for. */
export function captured(over: Partial<GlobalOptions> = {}, options: { terminal?: boolean } = {}) {
  const abort = new AbortController();
  const out = stream(options.terminal ?? false);
  const err = stream(options.terminal ?? false);
  const context: CommandContext = {
    io: {
      stdin: new PassThrough(),
      stdout: out.stream,
      stderr: err.stream,
      env: {},
      cwd: '/',
      now: () => new Date('2026-11-20T12:00:00Z'),
      signal: abort.signal,
    },
    global: {
      file: 'cluster.yaml',
      yes: false,
      json: false,
      input: false,
      verbose: false,
      color: false,
      ...over,
    },
  };
  return { context, abort, stdout: out.text, stderr: err.text };
}

function stream(terminal: boolean) {
  const through = new PassThrough() as PassThrough & { isTTY?: boolean; columns?: number };
  if (terminal) Object.assign(through, { isTTY: true, columns: 80 });
  let written = '';
  through.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  return { stream: through, text: () => written };
}

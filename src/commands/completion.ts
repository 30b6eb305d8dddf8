import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { bashCompletion } from '../completion/bash.js';
import { fishCompletion } from '../completion/fish.js';
import { completionModel } from '../completion/model.js';
import { zshCompletion } from '../completion/zsh.js';
import { ExitCode } from '../errors.js';
import type { CommandContext } from '../io.js';
import { visible } from '../terminal/visible.js';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** `hastconf completion SHELL`: the script on stdout, made of the command line as it is; `nodes` is what they ask. */
export async function run({ io, global }: CommandContext, program: Command, what: string): Promise<ExitCode> {
  if (what === 'nodes') io.stdout.write(visible(await nodeNames(resolve(io.cwd, global.file))));
  else io.stdout.write(visible(SHELLS[what as keyof typeof SHELLS](completionModel(program))));
  return ExitCode.Done;
}

/** The names of the nodes as the file has them, one a line; nothing where it has none or cannot be read. */
async function nodeNames(path: string): Promise<string> {
  const { parseSpecDocument } = await import('../spec/document.js');
  const text = await readFile(path, 'utf8').catch(() => '');
  const data = parseSpecDocument(text, path).data as { nodes?: unknown } | null | undefined;
  const nodes = typeof data?.nodes === 'object' && data.nodes !== null ? Object.keys(data.nodes) : [];
  return nodes.map((name) => `${name}\n`).join('');
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One command of a transcript and what the machine printed (stdout and stderr mixed, as on a terminal). */
export interface Block {
  node: string;
  command: string;
  output: string;
  exit: number;
}

const DIRECTORY = new URL('./transcripts/', import.meta.url);

/** All blocks of a transcript: `[node]# command`, output, `(exit N)`. A command ends with its first line. */
export function transcript(name: string): Block[] {
  const blocks: Block[] = [];
  let open: { node: string; command: string; lines: string[] } | undefined;
  for (const line of readFileSync(fileURLToPath(new URL(name, DIRECTORY)), 'utf8').split('\n')) {
    const head = /^\[(\w+)\]# (.*)$/.exec(line);
    const end = /^\(exit (\d+)\)$/.exec(line);
    if (head) open = { node: head[1]!, command: head[2]!, lines: [] };
    else if (end && open) {
      const output = open.lines.map((text) => `${text}\n`).join('');
      blocks.push({ node: open.node, command: open.command, output, exit: Number(end[1]) });
      open = undefined;
    } else open?.lines.push(line);
  }
  return blocks;
}

/** The only block whose command contains `part`, on that node; throws otherwise. */
export function blockOf(name: string, node: string, part: string): Block {
  const found = transcript(name).filter((block) => block.node === node && block.command.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} blocks of ${node} in ${name} contain ${part}`);
  return found[0]!;
}

/** The lines from the first one that matches `from` up to, without, the next that matches `to`. */
export function excerpt(output: string, from: RegExp, to?: RegExp): string {
  const lines = output.split('\n').slice(0, -1);
  const start = lines.findIndex((line) => from.test(line));
  if (start < 0) throw new Error(`no line matches ${from}`);
  const length = to === undefined ? -1 : lines.slice(start + 1).findIndex((line) => to.test(line));
  const end = length < 0 ? lines.length : start + 1 + length;
  return lines
    .slice(start, end)
    .map((line) => `${line}\n`)
    .join('');
}

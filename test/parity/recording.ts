import { normalise } from './normalise.js';
import type { Case, Group, Said, Stage } from './types.js';

/** One case with what was said, in the form of the transcripts. */
export interface Recorded {
  node: string;
  run: string;
  text: string;
}

/** Runs a group's cases in order. Outputs are normalised; quiet cases leave no trace but must succeed. */
export async function record(group: Group, stage: Stage): Promise<Recorded[]> {
  const recorded: Recorded[] = [];
  for (const one of group.cases) {
    const node = one.node ?? 'hasta';
    const said = await stage.run(node, one.run);
    if (one.quiet) mustSucceed(node, one, said);
    else recorded.push({ node, run: one.run, text: textOf(said) });
  }
  return recorded;
}

function mustSucceed(node: string, { run }: Case, { code, text }: Said): void {
  if (code !== 0) throw new Error(`${node}: exit ${code}: ${run}\n${text}`);
}

function textOf({ code, text }: Said): string {
  const body = normalise(text);
  const end = body === '' || body.endsWith('\n') ? '' : '\n';
  return `${body}${end}(exit ${code})\n`;
}

/** The file that keeps a group's recording; what a machine says is the reference. */
export function serialise(recorded: readonly Recorded[]): string {
  return recorded.map(({ node, run, text }) => `[${node}]# ${run}\n${text}\n`).join('');
}

/** The text that the file has for a case; undefined: the case is not recorded. */
export function recordedFor(file: string, node: string, run: string): string | undefined {
  const head = `[${node}]# ${run}\n`;
  const from = file.indexOf(head);
  if (from === -1) return undefined;
  const body = file.slice(from + head.length);
  const end = /^\(exit (?:\d+|null)\)\n/m.exec(body);
  return end ? normalise(body.slice(0, end.index + end[0].length)) : undefined;
}

import { aim, cellsOf, MILLISECONDS, type Section, timedInTurn } from './measure.js';
import { bareNode, hastconf } from './program.js';

const RUNS = 15;

/** How long it takes until `--help` is there, against a node that does nothing. */
export async function startSection(): Promise<Section> {
  const measured = await timedInTurn(RUNS, {
    node: bareNode,
    help: () => hastconf(['--help']),
    version: () => hastconf(['--version']),
  });
  const node = measured.node!;
  const help = measured.help!;
  const version = measured.version!;
  const limit = 2 * node.median + 60;
  return {
    title: `Start (${RUNS} runs in turn)`,
    columns: MILLISECONDS,
    rows: [
      { subject: 'node -e 0', cells: cellsOf(node) },
      {
        subject: 'hastconf --help',
        cells: cellsOf(help),
        remark: `${(help.median / node.median).toFixed(2)} x node; ${aim(help.median <= limit, `${limit.toFixed(0)} ms`)}`,
      },
      {
        subject: 'hastconf --version',
        cells: cellsOf(version),
        remark: `${(version.median / node.median).toFixed(2)} x node`,
      },
    ],
    data: { node, help, version, helpLimitMs: limit },
  };
}

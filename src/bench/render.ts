import { SIZES, withCluster } from './cluster.js';
import { aim, cellsOf, type Figures, MILLISECONDS, type Row, type Section, timedInTurn } from './measure.js';
import { bareNode, hastconf } from './program.js';

const RUNS = 9;
/** Milliseconds that 64 resources may take above a start. */
const LIMIT_MS = 100;

/**
 * `hastconf render` of a whole cluster, above both starts: that of node, which nothing can undercut, and that of
 * the program itself, whose own aim is in start.ts.
 */
export async function renderSection(): Promise<Section> {
  const rows: Row[] = [];
  const data: Record<string, unknown> = {};
  for (const size of SIZES) {
    const { node, help, render } = await withCluster(size, (dir) =>
      timedInTurn(RUNS, {
        node: bareNode,
        help: () => hastconf(['--help']),
        render: () => hastconf(['render', '-o', 'out'], dir),
      }),
    );
    rows.push(...rowsOf(size, { node: node!, help: help!, render: render! }));
    data[size] = { node, help, render };
  }
  return { title: `Render, both nodes' files (${RUNS} runs in turn)`, columns: MILLISECONDS, rows, data };
}

/** The two starts as they were between this size's runs, and what rendering takes above each. */
export function rowsOf(size: number, of: Record<'node' | 'help' | 'render', Figures>): Row[] {
  const above = (start: Figures, name: string): string => {
    const milliseconds = of.render.median - start.median;
    const goal = size === 64 ? ` (${aim(milliseconds < LIMIT_MS, `${LIMIT_MS} ms`)})` : '';
    return `${milliseconds.toFixed(0)} ms above ${name}${goal}`;
  };
  return [
    {
      subject: `${size} resource${size === 1 ? '' : 's'}`,
      cells: cellsOf(of.render),
      remark: `${above(of.help, 'hastconf --help')}, ${above(of.node, 'node -e 0')}`,
    },
    { subject: '  hastconf --help', cells: cellsOf(of.help) },
    { subject: '  node -e 0', cells: cellsOf(of.node) },
  ];
}

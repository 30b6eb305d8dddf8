import { SIZES, withCluster } from './cluster.js';
import { aim, cellsOf, type Figures, MILLISECONDS, type Row, type Section, timedInTurn } from './measure.js';
import { bareNode, hastconf } from './program.js';

const RUNS = 9;
/** Milliseconds above the start of node that 64 resources may take. */
const LIMIT_MS = 100;

/** `hastconf render` of a whole cluster, above the start of node. */
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
    rows.push(rowOf(size, node!, help!, render!));
    data[size] = { node, help, render };
  }
  return { title: `Render, both nodes' files (${RUNS} runs in turn)`, columns: MILLISECONDS, rows, data };
}

function rowOf(size: number, node: Figures, help: Figures, render: Figures): Row {
  const above = render.median - node.median;
  const own = render.median - help.median;
  const goal = size === 64 ? `; ${aim(above <= LIMIT_MS, `${LIMIT_MS} ms`)}` : '';
  return {
    subject: `${size} resource${size === 1 ? '' : 's'}`,
    cells: cellsOf(render),
    remark: `${above.toFixed(0)} ms above node's start, ${own.toFixed(0)} above hastconf's${goal}`,
  };
}

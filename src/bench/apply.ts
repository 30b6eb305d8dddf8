import { performance } from 'node:perf_hooks';
import { bytes } from '../report/text.js';
import { SIZES } from './cluster.js';
import { aim, type Row, type Section } from './measure.js';
import { meteredPair, type NodeCost } from './pair.js';
import { hastconf } from './program.js';

/** Channels a node that an apply with nothing to do may open, whatever the number of resources. */
const CHANNELS_LIMIT = 3;
const COLUMNS = ['connections', 'channels', 'sent', 'received', 'wall s'] as const;

interface Cost {
  nodes: NodeCost[];
  seconds: number;
}

/** A complete apply and one with nothing to do, in the lab; figures are those of the costlier node. */
export async function applySection(): Promise<Section> {
  const rows: Row[] = [];
  const data: Record<string, unknown> = {};
  let first: { complete: Cost; again: Cost } | undefined;
  let failed = false;
  for (const size of SIZES) {
    const names = size === 1 ? '1 resource' : `${size} resources`;
    const measured = await measure(size).catch((error: unknown) => String(error));
    if (typeof measured === 'string') {
      failed = true;
      rows.push({ subject: names, cells: COLUMNS.map(() => '-'), remark: `NOT MEASURED: ${measured}` });
      continue;
    }
    first ??= measured;
    data[size] = measured;
    rows.push(rowOf(`${names}, complete`, measured.complete, first.complete, false));
    rows.push(rowOf(`${names}, again`, measured.again, first.again, true));
  }
  return {
    title: 'Apply in the lab, whose clock jumps over every wait; a node',
    columns: COLUMNS,
    rows,
    data,
    failed,
  };
}

async function measure(resources: number): Promise<{ complete: Cost; again: Cost }> {
  const pair = await meteredPair(resources);
  try {
    const apply = async (): Promise<Cost> => {
      pair.take();
      const started = performance.now();
      await hastconf(['apply', '-y', '--no-input'], pair.dir);
      return { nodes: pair.take(), seconds: (performance.now() - started) / 1000 };
    };
    return { complete: await apply(), again: await apply() };
  } finally {
    await pair.stop();
  }
}

function rowOf(subject: string, cost: Cost, first: Cost, idle: boolean): Row {
  const most = (key: keyof NodeCost) => Math.max(...cost.nodes.map((node) => node[key]));
  const connections = most('connections');
  const channels = most('channels');
  const remarks = [`${(cost.seconds / first.seconds).toFixed(1)} x one resource`];
  remarks.push(aim(connections <= 1, '1 connection'));
  if (idle) remarks.push(aim(channels <= CHANNELS_LIMIT, `${CHANNELS_LIMIT} channels`));
  return {
    subject,
    cells: [
      String(connections),
      String(channels),
      bytes(most('sent')),
      bytes(most('received')),
      cost.seconds.toFixed(1),
    ],
    remark: remarks.join('; '),
  };
}

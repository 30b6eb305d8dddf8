import type { ClusterStatus, NodeStatus, StorageStatus } from './status-types.js';
import { clip, type Style, style } from './text.js';

/** More resources than this are shown as groups of the same state. */
const SINGLE_ROWS = 8;
const LABEL_WIDTH = 18;
/** These run on both nodes; every other service is stopped on the standby, as it should be. */
const EVERYWHERE: ReadonlySet<string> = new Set(['devd', 'carp_hast']);

interface Row {
  label: string;
  cells: readonly Cell[];
}

interface Cell {
  text: string;
  as?: Style;
}

/** The table's rows: a subject and one cell a node; every cell fits its column of `width` columns in all. */
export function statusRows(status: ClusterStatus, width: number, color: boolean): string[][] {
  const { nodes } = status;
  const room = Math.floor((width - LABEL_WIDTH) / Math.max(1, nodes.length)) - 2;
  const rows: Row[] = [
    row('FreeBSD', nodes, (node) =>
      node.reachable ? plain(node.release) : { text: 'no answer', as: 'bad' },
    ),
    row('hastd', nodes, (node) =>
      node.reachable && node.hastd === null ? { text: 'no answer', as: 'bad' } : serviceCell(node.hastd),
    ),
    ...resourceRows(status),
    row(`CARP vhid ${status.carp.vhid}`, nodes, carpCell),
    row('agent', nodes, agentCell),
    ...status.storage.map((storage) =>
      row(storageLabel(storage), nodes, (node) => storageCell(storage, node)),
    ),
    ...serviceRows(nodes),
  ];
  const head = ['', ...nodes.map((node) => style(clip(node.node, room), 'strong', color))];
  const body = rows.map(({ label, cells }) => [
    clip(label, LABEL_WIDTH),
    ...cells.map(({ text, as }) => (as ? style(clip(text, room), as, color) : clip(text, room))),
  ]);
  return [head, ...body];
}

function row(label: string, nodes: readonly NodeStatus[], cell: (node: NodeStatus) => Cell): Row {
  return { label, cells: nodes.map(cell) };
}

function plain(text: string | null): Cell {
  return { text: text ?? '-' };
}

function serviceCell(state: 'running' | 'stopped' | 'missing' | null | undefined): Cell {
  if (state === null || state === undefined) return { text: '-' };
  return state === 'running' ? { text: state } : { text: state, as: 'bad' };
}

/** One row a resource, or, when there are many, one row a group of neighbours in the same state. */
function resourceRows({ resources, nodes }: ClusterStatus): Row[] {
  const single = resources.map(({ resource }) => row(resource, nodes, (node) => roleCell(node, resource)));
  if (single.length <= SINGLE_ROWS) return single;
  const groups: { first: Row; last: Row; count: number }[] = [];
  for (const one of single) {
    const group = groups.at(-1);
    if (group && sameCells(group.first, one)) {
      group.last = one;
      group.count += 1;
    } else {
      groups.push({ first: one, last: one, count: 1 });
    }
  }
  return groups.map(({ first, last, count }) => {
    if (count === 1) return first;
    const label = `${first.label}..${last.label} (${count})`;
    return { label: label.length > LABEL_WIDTH ? `${count} resources` : label, cells: first.cells };
  });
}

function sameCells(a: Row, b: Row): boolean {
  return a.cells.every((cell, index) => cell.text === b.cells[index]?.text);
}

function roleCell(node: NodeStatus, resource: string): Cell {
  const found = node.roles[resource];
  if (!found) return { text: '-' };
  const text = found.status === null ? found.role : `${found.role}, ${found.status}`;
  const fine = found.status === 'complete';
  return fine ? { text, as: 'good' } : { text, as: 'warn' };
}

function carpCell(node: NodeStatus): Cell {
  if (!node.carp) return { text: '-' };
  const { state, advskew, demotion } = node.carp;
  const demoted = demotion !== null && demotion !== 0;
  const text = `${state}, advskew ${advskew}${demoted ? ` (+${demotion})` : ''}`;
  return state === 'INIT' ? { text, as: 'bad' } : demoted ? { text, as: 'warn' } : { text };
}

function agentCell(node: NodeStatus): Cell {
  if (!node.agent) return node.reachable ? { text: 'missing', as: 'bad' } : { text: '-' };
  const { state, fresh, epoch } = node.agent;
  const text = `${state}, ${fresh}, epoch ${epoch}`;
  return state === 'serving' || state === 'standby' ? { text } : { text, as: 'warn' };
}

function storageLabel({ type, name }: StorageStatus): string {
  return type === 'ufs' ? name : `${type} ${name}`;
}

function storageCell({ type, on }: StorageStatus, node: NodeStatus): Cell {
  if (!node.reachable || !on.includes(node.node)) return { text: '-' };
  return { text: type === 'ufs' ? 'mounted' : type === 'zfs' ? 'imported' : 'available', as: 'good' };
}

function serviceRows(nodes: readonly NodeStatus[]): Row[] {
  const names = new Set(nodes.flatMap((node) => Object.keys(node.services)));
  names.delete('hastd');
  return [...names].map((name) =>
    row(name, nodes, (node) => {
      const state = node.services[name];
      return EVERYWHERE.has(name) ? serviceCell(state) : plain(state ?? null);
    }),
  );
}

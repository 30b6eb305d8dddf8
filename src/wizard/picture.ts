import { clip } from '../report/text.js';
import { type ClusterSpec, type NodeSpec, peerOf, type StorageSpec } from '../spec/types.js';
import type { Pair } from './types.js';

/** Columns of one node's box, of the gap between the two, and of the left margin. */
const BOX = 36;
const GAP = 4;
const MARGIN = '  ';
/** Resources that a picture shows; a terminal has 24 lines. */
const MOST = 6;

/** The pair in plain ASCII, at most 80 columns wide. `facts` only add what the cluster file does not say. */
export function picture(spec: ClusterSpec, facts: Pair['facts']): string[] {
  const { carp, hast } = spec;
  const primary = spec.preferred;
  const nodes = [...spec.nodes];
  const ends = (mark: string) => nodes.map((node) => edge(node.interface, mark));
  const address = `${carp.address}/${carp.prefixLength}  CARP, vhid ${carp.vhid}`;
  const boxes = nodes.map((node, at) => [
    boxed(node.name, node.name === primary ? 'primary' : 'secondary'),
    boxed(ownAddresses(node, facts[at]!), ''),
    ...providerLines(spec, node),
  ]);
  const rows = boxes[0]!.map((left, line) => {
    const arrow =
      line > 1 && !left.includes(' ... ') ? (nodes[0]!.name === primary ? '===>' : '<===') : '    ';
    return `${left}${arrow}${boxes[1]![line]!}`;
  });
  const border = `${rule()}${' '.repeat(GAP)}${rule()}`;
  return [
    center('clients'),
    center(address),
    across(''),
    joined(ends('|')),
    border,
    ...rows,
    border,
    joined(nodes.map((node) => edge(link(node, facts, spec), '|'))),
    across(` replication, ${hast.replication} `),
    '',
    ...spec.storage.map((storage) => clip(storageLine(storage), 76)),
  ].map((line) => (line === '' ? '' : `${MARGIN}${line}`.trimEnd()));
}

const WIDTH = 2 * BOX + GAP;

function rule(): string {
  return `+${'-'.repeat(BOX - 2)}+`;
}

function boxed(left: string, right: string): string {
  const room = BOX - 4;
  const text = right === '' ? clip(left, room) : `${clip(left, room - right.length - 1)}`;
  return `| ${text}${' '.repeat(room - text.length - right.length)}${right} |`;
}

/** A line of text in the middle of the picture. */
function center(text: string): string {
  return `${' '.repeat(Math.floor((WIDTH - text.length) / 2))}${text}`;
}

/** A line from the middle of one node's box to the middle of the other's, with a text on it. */
function across(text: string): string {
  const span = BOX + GAP - 1;
  const left = Math.floor((span - text.length) / 2);
  return `${' '.repeat(BOX / 2)}+${'-'.repeat(left)}${text}${'-'.repeat(span - left - text.length)}+`;
}

/** What is written beside the line that leaves a box in its middle. */
function edge(label: string, mark: string): string {
  return `${' '.repeat(BOX / 2)}${mark} ${clip(label, BOX / 2 - 2)}`.padEnd(BOX);
}

function joined([left = '', right = '']: readonly string[]): string {
  return `${left}${' '.repeat(GAP)}${right}`;
}

function ownAddresses(node: NodeSpec, facts: Pair['facts'][number]): string {
  const found = facts.interfaces.find(({ name }) => name === node.interface);
  const own = found?.addresses.filter(
    ({ vhid, address }) => vhid === undefined && !address.startsWith('fe80:'),
  );
  return own?.map(({ address }) => address).join(' ') ?? '';
}

function link(node: NodeSpec, facts: Pair['facts'], spec: ClusterSpec): string {
  const at = spec.nodes.indexOf(node);
  const found = facts[at]?.interfaces.find(({ addresses }) =>
    addresses.some(({ address }) => address === node.replication),
  );
  return found && node.replication.length + found.name.length < BOX / 2 - 3
    ? `${node.replication} ${found.name}`
    : node.replication;
}

function providerLines(spec: ClusterSpec, node: NodeSpec): string[] {
  const shown = spec.resources.slice(0, MOST);
  const rest = spec.resources.length - shown.length;
  const longest = Math.max(...shown.map(({ name }) => name.length));
  return [
    ...shown.map(({ name, local }) => boxed(`${name.padEnd(longest)}  ${local[node.name]}`, '')),
    ...(rest > 0 ? [boxed(` ... and ${rest} more`, '')] : []),
  ];
}

/** `disk0: UFS, mounted on /hast/disk0` */
export function storageLine(storage: StorageSpec): string {
  if (storage.type === 'ufs') return `${storage.resource}: UFS on ${storage.mountpoint}`;
  if (storage.type === 'raw') return `${storage.resource}: bare device /dev/hast/${storage.resource}`;
  return `${storage.resources.join(', ')}: ZFS pool ${storage.pool} (${storage.layout}) on /${storage.pool}`;
}

/** The same in sentences, for those who do not see it. */
export function description(spec: ClusterSpec): string[] {
  const { carp, hast, resources, storage } = spec;
  const [first, second] = spec.nodes;
  const primary = spec.preferred;
  return [
    `Clients use ${carp.address}/${carp.prefixLength}, which moves between ${first.name} (${first.interface}) and ${second.name} (${second.interface}) with VHID ${carp.vhid}.`,
    `${primary} serves first, ${peerOf(spec, primary).name} keeps the copy.`,
    `Replication goes from ${first.replication} to ${second.replication}, ${hast.replication}.`,
    ...resources.map(
      ({ name, local }) =>
        `Resource ${name}: ${local[first.name]} on ${first.name}, ${local[second.name]} on ${second.name}.`,
    ),
    ...storage.map((one) => `${storageLine(one)}.`),
  ];
}

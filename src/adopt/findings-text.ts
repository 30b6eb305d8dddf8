import { replaceWord } from '../formats/has-word.js';
import { type Style, style, wrap } from '../report/text.js';
import type { ClusterSpec } from '../spec/types.js';
import { groupsBy } from './group.js';
import { type AdoptFinding, FINDING_KINDS, type FindingKind } from './types.js';

const HEADINGS: Readonly<Record<FindingKind, readonly [string, Style]>> = {
  missing: ['Missing: a cluster file needs it, and the nodes do not say it', 'bad'],
  differs: ['Contradictions: between the nodes, or between a file and what runs', 'bad'],
  inexpressible: ['Not carried over: a cluster file has no words for it', 'warn'],
  replaced: ['Replaced by the first apply, or to be removed by hand', 'warn'],
  assumed: ['Assumed: look at it in the file', 'faint'],
};

export interface TextOptions {
  color: boolean;
  /** Columns. */
  width: number;
}

/** The findings in order of weight, under a heading for each kind; an empty list for none. */
export function findingLines(findings: readonly AdoptFinding[], { color, width }: TextOptions): string[] {
  const lines = FINDING_KINDS.flatMap((kind) => {
    const own = sameOnBoth(findings.filter((one) => one.kind === kind));
    if (own.length === 0) return [];
    const [heading, as] = HEADINGS[kind];
    return [
      '',
      style(heading, as, color),
      ...own.flatMap(({ message, remedy }) => [
        ...hanging('  - ', message, width),
        ...(remedy === undefined ? [] : hanging('    -> ', remedy, width)),
      ]),
    ];
  });
  return lines.slice(1);
}

/** What is said of one node and, in the same words, of the other is said once. */
function sameOnBoth(findings: readonly AdoptFinding[]): Pick<AdoptFinding, 'message' | 'remedy'>[] {
  const key = (one: AdoptFinding) => JSON.stringify([without(one.message, one.node), one.remedy]);
  return groupsBy(findings, key).map(([first, second]) => {
    if (first.node === undefined || second?.node === undefined) return first;
    return { ...first, message: named(first.message, first.node, `${first.node} and ${second.node}`) };
  });
}

function without(message: string, node: string | undefined): string {
  return node === undefined ? message : named(message, node, '\0');
}

function named(message: string, node: string, by: string): string {
  return replaceWord(message, node, by);
}

/** What was read, in a few lines. */
export function summaryLines(spec: ClusterSpec, { width }: TextOptions): string[] {
  const { carp } = spec;
  const [first, second] = spec.nodes;
  const storage = spec.storage.map((entry) => {
    if (entry.type === 'ufs') return `${entry.mountpoint} (ufs on ${entry.resource})`;
    if (entry.type === 'zfs') return `pool ${entry.pool} (${entry.layout} of ${entry.resources.join(', ')})`;
    return `${entry.resource} (raw)`;
  });
  const rows: [string, string][] = [
    ['nodes', `${first.name} and ${second.name}, ${spec.preferred} preferred`],
    ['address', `${carp.address}/${carp.prefixLength}, vhid ${carp.vhid}`],
    ['replication', `${first.replication} and ${second.replication}, ${spec.hast.replication}`],
    ['resources', spec.resources.map(({ name }) => name).join(', ')],
    ['storage', storage.join(', ') || 'none'],
  ];
  return rows.flatMap(([what, value]) => hanging(`${`${what}:`.padEnd(13)}`, value, width));
}

function hanging(lead: string, text: string, width: number): string[] {
  const [head = '', ...rest] = wrap(text, Math.max(20, width - lead.length));
  return [`${lead}${head}`, ...rest.map((line) => ' '.repeat(lead.length) + line)];
}

import { type EffectiveResource, hastConfFor } from '../formats/hast-node.js';
import { parseAddress } from '../spec/address.js';
import { HASTD_PORT } from '../spec/paths.js';
import { splitAddress } from './hast-addresses.js';
import type { NodeReading, PairReading } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

/** A resource as each node of the pair has it. */
export interface ResourceViews {
  name: string;
  views: readonly [EffectiveResource, EffectiveResource];
}

/**
 * The resources that both nodes can be given a provider for. A node's own hast.conf says what that node does;
 * the other one's stands in where it has none, cannot be read by hastd, or lacks the resource.
 */
export function resourceViews(pair: PairReading, lead: 0 | 1, findings: AdoptFinding[]): ResourceViews[] {
  for (const node of pair) findings.push(...fileFindings(node));
  const own = [view(pair[0], pair[0]), view(pair[1], pair[1])] as const;
  const lent = [view(pair[1], pair[0]), view(pair[0], pair[1])] as const;
  const follower = lead === 0 ? 1 : 0;
  const names = new Set([
    ...own[lead].keys(),
    ...lent[follower].keys(),
    ...own[follower].keys(),
    ...lent[lead].keys(),
  ]);
  return [...names].flatMap((name): ResourceViews[] => {
    const views = ([0, 1] as const).map((index) => own[index].get(name) ?? lent[index].get(name));
    const [first, second] = views;
    if (first && second) {
      for (const index of [0, 1] as const) {
        if (own[index].size > 0 && !own[index].has(name)) findings.push(onlyInOne(pair, index, name));
        findings.push(...contradictions(pair, index, own[index].get(name), lent[index].get(name)));
      }
      return [{ name, views: [first, second] }];
    }
    const lacking = pair[first ? 1 : 0].name;
    findings.push(
      finding('missing', `resource ${name}: no hast.conf says what ${lacking} has for it; it is left out`, {
        node: lacking,
        remedy: `add the section "on ${lacking}" to hast.conf, or the resource to the cluster file`,
      }),
    );
    return [];
  });
}

/** What `holder`'s file means to `reader`, by resource. */
function view(holder: NodeReading, reader: NodeReading): Map<string, EffectiveResource> {
  // A broken file still shows its complete resources; hastd itself would take none of it.
  const config = holder.hast?.config;
  const views = new Map<string, EffectiveResource>();
  for (const resource of config?.resources ?? []) {
    const read = hastConfFor({ ...config!, resources: [resource] }, reader.facts.identity);
    if (read.ok && read.resources[0]) views.set(resource.name, read.resources[0]);
  }
  return views;
}

function fileFindings({ name, hast, facts }: NodeReading): AdoptFinding[] {
  const error = facts.files['/etc/hast.conf']?.error;
  if (error !== undefined) {
    return [finding('missing', `/etc/hast.conf of ${name} could not be read: ${error}`, { node: name })];
  }
  if (!hast) return [finding('differs', `${name} has no /etc/hast.conf`, { node: name })];
  const mine = hastConfFor(hast.config, facts.identity);
  const complaint = !mine.ok ? mine.error : hast.ok ? undefined : hast.error;
  return complaint === undefined
    ? []
    : [finding('differs', `hastd on ${name} refuses its /etc/hast.conf: ${complaint}`, { node: name })];
}

function onlyInOne(pair: PairReading, index: 0 | 1, name: string): AdoptFinding {
  const [node, peer] = [pair[index].name, pair[index === 0 ? 1 : 0].name];
  return finding('differs', `resource ${name} is in ${peer}'s hast.conf and not in ${node}'s`, { node });
}

const COMPARED = ['local', 'remote', 'source', 'replication', 'timeout', 'compression', 'checksum'] as const;

/** Where the two files tell different things about one node. */
function contradictions(
  pair: PairReading,
  index: 0 | 1,
  own: EffectiveResource | undefined,
  lent: EffectiveResource | undefined,
): AdoptFinding[] {
  const [node, peer] = [pair[index].name, pair[index === 0 ? 1 : 0].name];
  if (!own || !lent) return [];
  return COMPARED.flatMap((key) => {
    if (meaning(key, own[key]) === meaning(key, lent[key])) return [];
    const message = `hast.conf differs about ${own.name} on ${node}: ${key} is ${shown(own[key])} in ${node}'s file and ${shown(lent[key])} in ${peer}'s`;
    return [finding('differs', message, { node })];
  });
}

/** `tcp4://10.77.0.1` and `10.77.0.1` are the same end. */
function meaning(key: (typeof COMPARED)[number], value: string | number | null | undefined): unknown {
  if (typeof value !== 'string' || (key !== 'remote' && key !== 'source')) return value;
  const { host, port } = splitAddress(value);
  return `${parseAddress(host)?.text ?? host} ${port ?? HASTD_PORT}`;
}

function shown(value: string | number | null | undefined): string {
  return value === undefined ? 'not set' : value === null ? 'none' : String(value);
}

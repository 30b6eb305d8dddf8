import type { NodeFacts } from '../facts/types.js';
import { type AgentConf, parseAgentConf } from '../formats/agent-conf.js';
import { type HastParse, parseHastConf } from '../formats/hast-conf.js';
import { isNamed } from '../formats/hast-node.js';
import { MANAGED } from '../spec/derive.js';
import { type CarpGroup, carpGroups } from './carp-groups.js';

/** One node as the parsers of existing configuration see it. */
export interface NodeReading {
  facts: NodeFacts;
  /** In the cluster file: what hast.conf calls the node, else its host name. */
  name: string;
  /** undefined: there is no /etc/hast.conf. */
  hast: HastParse | undefined;
  /** hastconf wrote its hast.conf. */
  ours: boolean;
  agent: AgentConf | undefined;
  carp: readonly CarpGroup[];
}

export type PairReading = readonly [NodeReading, NodeReading];

/** Text of a file that is there and could be read. */
export function textOf(facts: NodeFacts, path: string): string | undefined {
  const file = facts.files[path];
  return file === undefined || file.error !== undefined ? undefined : file.content;
}

/** A file of somebody else's without the lines that hastconf keeps there; blank ones stand in, so that numbers hold. */
export function withoutBlock(text: string): string {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line.startsWith('# hastconf begin'));
  const end = lines.indexOf('# hastconf end', begin);
  if (begin < 0 || end < 0) return text;
  return lines.map((line, at) => (at >= begin && at <= end ? '' : line)).join('\n');
}

export function readPair(facts: readonly [NodeFacts, NodeFacts]): PairReading {
  const sections = facts.flatMap((own) => namesIn(hastOf(own)));
  return [readNode(facts[0], sections), readNode(facts[1], sections)];
}

function readNode(facts: NodeFacts, sections: readonly string[]): NodeReading {
  const agentConf = textOf(facts, MANAGED.agentConf);
  const agent = agentConf === undefined ? undefined : parseAgentConf(agentConf);
  const hast = hastOf(facts);
  const candidates = [agent?.variables.node ?? '', ...namesIn(hast), ...sections].filter(
    (name) => name !== '',
  );
  return {
    facts,
    name: candidates.find((name) => isNamed(name, facts.identity)) ?? facts.identity.hostname,
    hast,
    ours: madeByHastconf(textOf(facts, MANAGED.hastConf)),
    agent,
    carp: carpGroups(facts, agent),
  };
}

function hastOf(facts: NodeFacts): HastParse | undefined {
  const text = textOf(facts, MANAGED.hastConf);
  return text === undefined ? undefined : parseHastConf(text);
}

/** Words after `on`, in the order of the file. */
export function namesIn(parsed: HastParse | undefined): string[] {
  return parsed?.config.resources.flatMap(({ nodes }) => nodes.map(({ node }) => node)) ?? [];
}

/** Every file of hastconf says so in its first lines. */
export function madeByHastconf(text: string | undefined): boolean {
  return text?.split('\n', 3).some((line) => line.startsWith('#') && line.includes('hastconf')) ?? false;
}

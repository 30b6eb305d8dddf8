import { parseAddress } from '../address.js';
import type { Finding } from '../findings.js';
import { didYouMean } from '../suggest.js';
import { nodeName } from '../words.js';
import {
  badKey,
  canonical,
  type Draft,
  type DraftNode,
  finding,
  nodeNames,
  nodesOf,
  repeated,
} from './draft.js';

/** Two machines, told apart by hastd, each reachable and each with its own end of the replication link. */
export function checkNodes(draft: Draft): Finding[] {
  if (!draft.nodes) return [];
  const count = nodesOf(draft).length;
  return [
    ...(count === 2 ? [] : [finding(['nodes'], `must have exactly two nodes, not ${count}`)]),
    ...nodesOf(draft).flatMap(([name, node]) => checkNode(name, node)),
    ...checkNames(draft),
    ...checkReplication(draft),
    ...checkReach(draft),
    ...checkPreferred(draft),
  ];
}

function checkNode(name: string, node: DraftNode | undefined): Finding[] {
  const path = ['nodes', name];
  const findings: Finding[] = [];
  const wrong = nodeName(name);
  if (wrong !== undefined) findings.push(badKey(path, `the name ${wrong}`));
  if (!node) return findings;
  const local = node.local === true || node.ssh?.local === true;
  const settings = Object.keys(node.ssh ?? {}).filter((key) => key !== 'local');
  if (local && settings.length > 0) {
    findings.push(finding([...path, 'ssh', settings[0]!], 'has no meaning beside local: true'));
  }
  if (!local && !('ssh' in node)) {
    findings.push({ id: 'missing-key', path: [...path, 'ssh'], message: 'is missing', remedy: SSH_REMEDY });
  } else if (!local && node.ssh && !('host' in node.ssh)) {
    findings.push({
      id: 'missing-key',
      path: [...path, 'ssh', 'host'],
      message: 'is missing',
      remedy: SSH_REMEDY,
    });
  }
  return findings;
}

const SSH_REMEDY = 'ssh: { host: NAME } says how to reach the node, local: true that hastconf runs on it';

/** hastd applies every `on` block that matches, so the two names must never both match one machine. */
function checkNames(draft: Draft): Finding[] {
  const [left, right] = nodeNames(draft);
  if (left === undefined || right === undefined) return [];
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  if (a !== b && a !== b.split('.')[0] && b !== a.split('.')[0]) return [];
  return [badKey(['nodes', right], `the name would match the same machine as ${left}`)];
}

function checkReplication(draft: Draft): Finding[] {
  const places = nodesOf(draft).map(
    ([name, node]) => [canonical(node?.replication), ['nodes', name, 'replication']] as const,
  );
  const findings = repeated(places).map(({ again }) => finding(again, 'is the other node’s address too'));
  const families = places.map(([address]) =>
    address === undefined ? undefined : parseAddress(address)?.family,
  );
  if (families[0] !== undefined && families[1] !== undefined && families[0] !== families[1]) {
    findings.push(finding(places[1]![1], 'must be of the same family (IPv4 or IPv6) as the other node’s'));
  }
  for (const [address, path] of places) {
    // hast.conf's lexer has no `%`, so a scope cannot be written there.
    if (address?.startsWith('fe80:'))
      findings.push(finding(path, 'is link-local; hast.conf cannot carry its scope'));
  }
  return findings;
}

function checkReach(draft: Draft): Finding[] {
  const targets = nodesOf(draft).map(([name, node]) => {
    const local = node?.local === true || node?.ssh?.local === true;
    const host = node?.ssh?.host?.toLowerCase();
    const target = local ? 'local' : host === undefined ? undefined : `${host} port ${node?.ssh?.port ?? 22}`;
    return [target, ['nodes', name, local ? 'local' : 'ssh']] as const;
  });
  return repeated(targets).map(({ value, again }) =>
    finding(
      again,
      value === 'local' ? 'only one node can be this machine' : 'reaches the same machine as the other node',
    ),
  );
}

function checkPreferred(draft: Draft): Finding[] {
  const names = nodeNames(draft);
  if (draft.preferred === undefined || names.includes(draft.preferred)) return [];
  const hint = didYouMean(draft.preferred, names);
  return [finding(['preferred'], `must be one of the nodes, ${names.join(' or ')}${hint}`)];
}

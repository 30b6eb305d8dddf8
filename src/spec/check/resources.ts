import type { Finding } from '../findings.js';
import { didYouMean } from '../suggest.js';
import { HAST_WORD, resourceName } from '../words.js';
import { badKey, type Draft, finding, nodeNames, providerOf, repeated } from './draft.js';

/** Every resource has one provider on each node, and no provider serves twice. */
export function checkResources(draft: Draft): Finding[] {
  if (!draft.resources) return [];
  const names = Object.keys(draft.resources);
  return [
    ...(names.length > 0 ? [] : [finding(['resources'], 'must have at least one resource')]),
    ...names.flatMap((name) => checkResource(draft, name)),
    ...nodeNames(draft).flatMap((node) => providersTwice(draft, names, node)),
  ];
}

function checkResource(draft: Draft, name: string): Finding[] {
  const path = ['resources', name];
  const findings: Finding[] = [];
  const wrong = resourceName(name);
  if (wrong !== undefined) findings.push(badKey(path, `the name ${wrong}`));
  const resource = draft.resources?.[name];
  if (!resource) return findings;
  if ('local' in resource && 'zvol' in resource) {
    findings.push(finding([...path, 'zvol'], 'stands beside local; a resource has one of the two'));
  } else if (!('local' in resource) && !('zvol' in resource)) {
    findings.push({
      id: 'missing-key',
      path,
      message: 'has no provider',
      remedy: 'local: /dev/da1 names one; zvol: { pool, name, size } makes one',
    });
  }
  findings.push(...bothNodes(draft, [...path, 'local'], resource.local));
  findings.push(...bothNodes(draft, [...path, 'zvol', 'pool'], resource.zvol?.pool));
  return findings;
}

/** A map per node must name exactly the two nodes. */
function bothNodes(draft: Draft, path: readonly string[], value: unknown): Finding[] {
  const nodes = nodeNames(draft);
  if (typeof value !== 'object' || value === null || nodes.length !== 2) return [];
  const given = Object.keys(value);
  const strange = given
    .filter((name) => !nodes.includes(name))
    .map((name) => ({
      ...badKey([...path, name], `there is no node ${name}${didYouMean(name, nodes)}`),
      remedy: `the nodes are ${nodes.join(' and ')}`,
    }));
  const missing = nodes
    .filter((name) => !given.includes(name))
    .map((name): Finding => ({ id: 'missing-key', path: [...path, name], message: 'is missing' }));
  return [...strange, ...missing];
}

function providersTwice(draft: Draft, names: readonly string[], node: string): Finding[] {
  const places = names.map((name) => {
    const key = draft.resources?.[name]?.zvol ? 'zvol' : 'local';
    return [providerOf(draft, name, node), ['resources', name, key]] as const;
  });
  const tooOdd = places
    .filter(([provider]) => provider !== undefined && (!HAST_WORD.test(provider) || provider.length > 255))
    .map(([provider, path]) => finding(path, `${provider} is no path that hast.conf and devfs can carry`));
  const twice = repeated(places).map(({ value, first, again }) =>
    finding(again, `${value} on ${node} is already the provider of ${String(first[1])}`),
  );
  return [...tooOdd, ...twice];
}

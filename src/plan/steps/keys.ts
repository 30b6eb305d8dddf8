import type { NodeFacts } from '../../facts/types.js';
import { AGENT_KEY, AGENT_KNOWN_HOSTS, PEER_AUTHORIZED_KEYS } from '../../spec/paths.js';
import { type NodeSpec, peerOf } from '../../spec/types.js';
import { fileDrift, sha256 } from '../applied.js';
import { authorizedKeys, knownHosts, peerAddresses } from '../peer-channel.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';
import { type WantedFile, writeStep } from './write.js';

const PUBLIC = { owner: 'root', group: 'wheel', mode: 0o644 };

/** Each node's own key pair, its public half on the other node, and the other node's host keys. */
export function keySteps(input: PlanInput): Step[] {
  return [
    ...input.spec.nodes.flatMap((node) => makeKey(input.facts[node.name]!)),
    ...input.spec.nodes.flatMap((node) => [...authorize(input, node), ...knowHost(input, node)]),
  ];
}

function makeKey(facts: NodeFacts): Step[] {
  if (facts.agentPublicKey !== undefined) return [];
  // A power cut within half a minute would leave an empty key. A private key without its public half is left by an interruption: the half is derived, never replaced.
  const script = `
if [ -s ${words(AGENT_KEY)} ]; then
	ssh-keygen -y -f ${words(AGENT_KEY)} > ${words(`${AGENT_KEY}.pub`)} </dev/null || exit 1
else
	rm -f ${words(AGENT_KEY)}
	ssh-keygen -q -t ed25519 -N "" -C ${words(`hastconf agent of ${facts.node}`)} -f ${words(AGENT_KEY)} </dev/null || exit 1
fi
chmod 600 ${words(AGENT_KEY)} && chmod 644 ${words(`${AGENT_KEY}.pub`)} &&
	fsync ${words(AGENT_KEY, `${AGENT_KEY}.pub`)}`;
  return [
    {
      id: `${facts.node}/keys/own`,
      node: facts.node,
      phase: 'keys',
      title: 'Make the key of the agent',
      risk: 'none',
      diff: `+ ${AGENT_KEY} (made on the node, never leaves it)`,
      action: { kind: 'script', script: stepScript(script) },
      verify: `[ -s ${words(AGENT_KEY)} ] && [ -s ${words(`${AGENT_KEY}.pub`)} ]`,
    },
  ];
}

/** Lets the peer's key in, for the agent's peer verbs only and from the peer's addresses only. */
function authorize(input: PlanInput, node: NodeSpec): Step[] {
  const peer = peerOf(input.spec, node.name);
  const facts = input.facts[node.name]!;
  const key = input.facts[peer.name]!.agentPublicKey;
  const from = peerAddresses(input.spec, peer.name, input.facts);
  if (key !== undefined) {
    const content = authorizedKeys(key, from);
    return writeStep(channelFile(facts, PEER_AUTHORIZED_KEYS, content));
  }
  return [
    {
      id: `${node.name}/exchange${PEER_AUTHORIZED_KEYS}`,
      node: node.name,
      phase: 'exchange',
      title: `Let ${peer.name}'s agent ask this node`,
      risk: 'none',
      diff: `+ ${PEER_AUTHORIZED_KEYS}: the key that ${peer.name} makes, for peer verbs only, from ${from.join(', ')}`,
      action: {
        kind: 'authorize',
        from: peer.name,
        publicKeyPath: `${AGENT_KEY}.pub`,
        addresses: from,
        path: PEER_AUTHORIZED_KEYS,
        attributes: PUBLIC,
      },
      verify: `[ -s ${words(PEER_AUTHORIZED_KEYS)} ]`,
    },
  ];
}

function knowHost(input: PlanInput, node: NodeSpec): Step[] {
  const peer = peerOf(input.spec, node.name);
  const hostKeys = input.facts[peer.name]!.hostKeys;
  if (hostKeys.length === 0) return [];
  const content = knownHosts(hostKeys, peerAddresses(input.spec, peer.name, input.facts));
  return writeStep(channelFile(input.facts[node.name]!, AGENT_KNOWN_HOSTS, content));
}

function channelFile(facts: NodeFacts, path: string, content: string): WantedFile {
  const drift = fileDrift(path, facts);
  return {
    facts,
    phase: 'exchange',
    path,
    content,
    attributes: PUBLIC,
    secrets: [],
    applies: [{ key: path, sha256: sha256(content) }],
    ...(drift === undefined ? {} : { drift }),
  };
}

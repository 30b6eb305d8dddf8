import { AGENT, AGENT_KEY, LOCK_DIR, PEER_USER } from '../spec/paths.js';
import { type Frames, failureOf, frameOf, textOf } from './frames.js';
import type { AgentFacts } from './types.js';

const KEY = `${AGENT_KEY}.pub`;
const LOCK = `${LOCK_DIR}/owner`;

/** The agent's own word, its public key (never the private one), sshd's host keys, the peer's user, the lock. */
export function agentBody(): string {
  return `agent_facts() {
  if [ -x ${AGENT} ]; then frame agent bounded 5 ${AGENT} status --json; fi
}
host_keys() {
  for key in /etc/ssh/ssh_host_*_key.pub; do
    if [ -f "$key" ]; then cat "$key"; fi
  done
}
`;
}

export function keysCommand(): string {
  return `if [ -f ${KEY} ]; then frame agent.key cat ${KEY}; fi
frame host-keys host_keys
frame peer-user pw usershow ${PEER_USER}
if [ -f ${LOCK} ]; then frame lock cat ${LOCK}; fi
`;
}

/** The agent's JSON; undefined when there is no agent, it does not answer, or its answer is not understood. */
export function parseAgent(text: string): AgentFacts | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return undefined;
  const known = answer as Record<string, unknown>;
  const word = (key: string): string => (typeof known[key] === 'string' ? known[key] : '');
  return {
    ...known,
    version: word('version'),
    node: word('node'),
    state: word('state'),
    fresh: word('fresh'),
    epoch: typeof known.epoch === 'number' ? known.epoch : 0,
  };
}

/** Why an installed agent gave no answer; undefined when it did, or is not installed. */
export function agentFailure(frames: Frames): string | undefined {
  if (!frames.has('agent')) return undefined;
  const frame = frameOf(frames, 'agent');
  return parseAgent(frame.stdout) ? undefined : (failureOf(frame) ?? 'its answer is not JSON');
}

export interface KeyFacts {
  agentPublicKey?: string;
  hostKeys: string[];
  peerUser: boolean;
  lock?: string;
}

export function parseKeys(frames: Frames): KeyFacts {
  const agentPublicKey = textOf(frames, 'agent.key');
  const lock = textOf(frames, 'lock');
  return {
    ...(agentPublicKey === undefined ? {} : { agentPublicKey }),
    hostKeys: parseHostKeys(frameOf(frames, 'host-keys').stdout),
    peerUser: frameOf(frames, 'peer-user').code === 0,
    ...(lock === undefined ? {} : { lock }),
  };
}

/** `TYPE BASE64` of each public key line, without its comment. Every key blob starts with a length below 256: AAAA. */
export function parseHostKeys(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /^([a-z0-9@.-]+) (AAAA[A-Za-z0-9+/]+=*)(?:\s|$)/.exec(line.trim()))
    .flatMap((match) => (match ? [`${match[1]} ${match[2]}`] : []));
}

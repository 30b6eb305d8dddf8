import { type Frame, frameOf } from '../../facts/frames.js';
import { lanAddress } from '../../plan/peer-channel.js';
import { quoteWord } from '../../remote/words.js';
import { agentStatus } from '../../report/agent-status.js';
import { AGENT_KEY, AGENT_KNOWN_HOSTS, PEER_USER } from '../../spec/paths.js';
import { type ClusterSpec, nodeOf, peerOf } from '../../spec/types.js';
import { failed, needsBoth } from '../finding.js';
import type { Finding, ProbeCheck, Subject } from '../types.js';
import { askNode } from './ask.js';

/** Seconds for one login; a busy node takes five or six. */
const LOGIN_SECONDS = 15;

export const peerChannel: ProbeCheck = {
  id: 'peer-channel',
  title: 'Each agent reaches the other one, on both networks',
  meaning:
    'An agent that gets no answer must assume that the other node may still serve: nobody takes over, or only with --force.',
  deadlineSeconds: 60,
  probe: async (subject, probes) => {
    if (subject.nodes.length < 2) return needsBoth(subject);
    const asked = subject.nodes.filter(({ facts }) => facts.agentPublicKey !== undefined);
    const findings = await Promise.all(
      asked.map(async ({ name }) => {
        const ways = waysTo(subject, name);
        const body = ways
          .map(({ address }, at) => `frame way.${at} ${sshWords(subject.spec, address)}\n`)
          .join('');
        const frames = await askNode(probes, name, body, 2 * LOGIN_SECONDS + 10);
        return ways.flatMap((way, at) => wayFindings(subject.spec, name, way, frameOf(frames, `way.${at}`)));
      }),
    );
    const keyless = subject.nodes
      .filter((node) => !asked.includes(node))
      .map(({ name }) => failed(name, `the agent of ${name} has no key`, 'hastconf apply'));
    return {
      findings: [...keyless, ...findings.flat()],
      details: subject.nodes.map(({ name }) => heard(subject, name)),
    };
  },
};

export interface Way {
  network: 'replication' | 'LAN';
  address: string;
}

function waysTo(subject: Subject, node: string): Way[] {
  const peer = peerOf(subject.spec, node);
  const facts = Object.fromEntries(subject.nodes.map((one) => [one.name, one.facts]));
  const lan = lanAddress(subject.spec, peer.name, facts);
  const ways: Way[] = [{ network: 'replication', address: peer.replication }];
  if (lan !== undefined && lan !== peer.replication) ways.push({ network: 'LAN', address: lan });
  return ways;
}

/** As the agent itself logs in; the alias because known_hosts has the address without the port. */
function sshWords(spec: ClusterSpec, address: string): string {
  const words = [
    ...['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=5', '-o', 'StrictHostKeyChecking=yes'],
    ...['-p', String(spec.agent.peerSshPort), '-o', `UserKnownHostsFile=${AGENT_KNOWN_HOSTS}`],
    ...['-o', `HostKeyAlias=${address}`, '-i', AGENT_KEY, `${PEER_USER}@${address}`, 'status'],
  ];
  return `bounded ${LOGIN_SECONDS} ${words.map(quoteWord).join(' ')}`;
}

/** What one login said; pure. */
export function wayFindings(spec: ClusterSpec, node: string, way: Way, frame: Frame): Finding[] {
  const peer = peerOf(spec, node).name;
  const on = `the ${way.network} network (${way.address})`;
  const state = /^state (\S+)/m.exec(frame.stdout)?.[1];
  if (frame.code === 0 && state === 'unknown') {
    const saw = `the agent of ${peer} answers ${node} on ${on}, but has not looked at its node lately`;
    return [failed(peer, saw, `on ${peer}: service carp_hast restart`)];
  }
  if (frame.code === 0 && state !== undefined) return [];
  const words = frame.code === undefined || frame.code === 124 ? 'no answer in time' : lastLine(frame);
  const saw = `${node} does not reach the agent of ${peer} on ${on}: ${words}`;
  return [failed(node, saw, remedyFor(words, spec, peer, way))];
}

function lastLine({ stderr, code }: Frame): string {
  return stderr.trim().split('\n').at(-1) || `exit ${code}`;
}

function remedyFor(words: string, spec: ClusterSpec, peer: string, { network, address }: Way): string {
  if (/verification failed|Permission denied|not in|No such file/i.test(words)) {
    return 'hastconf apply: it exchanges keys and host keys anew';
  }
  if (/refused/.test(words)) {
    return `on ${peer}: service sshd status, and whether it listens on port ${spec.agent.peerSshPort} of ${address} (agent.peerSshPort)`;
  }
  return `check the ${network} link and firewalls between the nodes: ping ${address}, then port ${spec.agent.peerSshPort}`;
}

/** On which ways the agent itself has last heard the other one. */
function heard(subject: Subject, name: string): string {
  const facts = subject.nodes.find((node) => node.name === name)!.facts;
  const peer = agentStatus(facts)?.peer;
  const ways = Object.entries(peer?.evidence ?? {}).map(([way, yes]) => `${way} ${yes ? 'yes' : 'no'}`);
  return `${name} (${nodeOf(subject.spec, name).replication}): the other node is ${peer?.state ?? 'unknown'}${ways.length > 0 ? `; answered by ${ways.join(', ')}` : ''}`;
}

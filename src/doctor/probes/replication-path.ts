import { isIPv6 } from 'node:net';
import { type Frames, frameOf } from '../../facts/frames.js';
import type { InterfaceFacts, NodeFacts } from '../../facts/types.js';
import { quoteWord } from '../../remote/words.js';
import { type ClusterSpec, nodeOf, peerOf } from '../../spec/types.js';
import { failed, warning } from '../finding.js';
import type { Answer, ProbeCheck, Subject } from '../types.js';
import { askNode } from './ask.js';

/** IPv4 and ICMP headers. */
const HEADERS = 28;
/** Milliseconds; every synchronous write of a client waits for one round trip. */
const SLOW_MS = 5;

export const replicationPath: ProbeCheck = {
  id: 'replication-path',
  title: 'The replication link is fast, whole and loses nothing',
  meaning:
    'Every acknowledged write waits for a round trip on this link; packets that do not fit stall the replication while pings go through.',
  deadlineSeconds: 40,
  beforeSetUp: true,
  probe: async (subject, probes) => {
    const answers = await Promise.all(
      subject.nodes.map(async ({ name, facts }) => {
        const link = replicationLink(subject.spec, facts);
        const frames = await askNode(probes, name, pathBody(subject.spec, name, link?.mtu), 35);
        return judgePath(subject.spec, name, link, frames);
      }),
    );
    return {
      findings: [...answers.flatMap(({ findings }) => [...findings]), ...unequalMtu(subject)],
      details: answers.flatMap(({ details }) => [...(details ?? [])]),
    };
  },
};

/** The interface that has the node's replication address. */
export function replicationLink(spec: ClusterSpec, facts: NodeFacts): InterfaceFacts | undefined {
  const { replication } = nodeOf(spec, facts.node);
  return facts.interfaces.find(({ addresses }) => addresses.some(({ address }) => address === replication));
}

function pathBody(spec: ClusterSpec, node: string, mtu: number | undefined): string {
  const address = peerOf(spec, node).replication;
  const peer = quoteWord(address);
  // ping6(8) of older releases has other letters, and IPv6 never fragments on its way.
  if (isIPv6(address)) return `frame path.plain bounded 12 ping6 -q -c 10 -i 0.2 ${peer}\n`;
  const full = `frame path.full bounded 8 ping -q -D -s ${(mtu ?? 1500) - HEADERS} -c 2 -t 4 ${peer}\n`;
  return `frame path.plain bounded 12 ping -q -c 10 -i 0.2 -t 8 ${peer}\n${full}`;
}

/** What the pings of one node say; pure. */
export function judgePath(
  spec: ClusterSpec,
  node: string,
  link: Pick<InterfaceFacts, 'name' | 'mtu'> | undefined,
  frames: Frames,
): Answer {
  const peer = peerOf(spec, node);
  const on = link ? ` (${link.name}, MTU ${link.mtu})` : '';
  const plain = frameOf(frames, 'path.plain');
  const [, sent, received] =
    /(\d+) packets transmitted, (\d+) packets received/.exec(plain.stdout.replaceAll('+', '')) ?? [];
  if (sent === undefined || received === undefined || Number(received) === 0) {
    const saw = `${node} gets no answer from ${peer.name} at ${peer.replication}${on}`;
    return {
      findings: [failed(node, saw, 'check the replication link, routes and firewalls between the nodes')],
    };
  }
  const average = Number(/= [\d.]+\/([\d.]+)\//.exec(plain.stdout)?.[1] ?? 0);
  const details = [`${node} -> ${peer.name}${on}: ${average} ms, ${received} of ${sent} packets answered`];
  const findings = [];
  if (Number(received) < Number(sent)) {
    const saw = `${Number(sent) - Number(received)} of ${sent} packets from ${node} to ${peer.name} were lost`;
    findings.push(
      failed(node, saw, `look for errors on the link: netstat -i on both nodes, the switch's counters`),
    );
  }
  if (average > SLOW_MS) {
    const saw = `a round trip from ${node} to ${peer.name} takes ${average} ms: so long does every synchronous write wait`;
    findings.push(
      warning(node, saw, 'use a direct link for the replication, or hast.replication: async with its risk'),
    );
  }
  const full = frames.get('path.full');
  if (full && full.code !== 0) {
    const saw = `packets of the whole MTU do not pass from ${node} to ${peer.name}${on}`;
    const fix = `give both ends and every switch between them the same MTU; until then on both nodes: ifconfig ${link?.name ?? 'IF'} mtu 1500`;
    findings.push(failed(node, saw, fix));
  }
  return { findings, details };
}

function unequalMtu({ spec, nodes }: Subject) {
  const mtus = nodes.map(({ facts }) => replicationLink(spec, facts)?.mtu);
  if (mtus.length < 2 || mtus[0] === mtus[1]) return [];
  const saw = `the replication interfaces have MTU ${mtus[0]} on ${nodes[0]!.name} and ${mtus[1]} on ${nodes[1]!.name}`;
  return [failed(undefined, saw, 'give both the same MTU (ifconfig, and rc.conf for the next boot)')];
}

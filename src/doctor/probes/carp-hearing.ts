import { parseCarpProbe } from '../../facts/carp-probe.js';
import { type Frames, frameOf } from '../../facts/frames.js';
import { quoteWord } from '../../remote/words.js';
import { carpOf } from '../../report/observe.js';
import { type ClusterSpec, nodeOf } from '../../spec/types.js';
import type { Answer, DoctorNode, ProbeCheck, Probes, Subject } from '../types.js';
import { askNode } from './ask.js';
import { type Heard, judgeHearing, type Multicast } from './judge-hearing.js';

/** Seconds of listening: a master speaks once in advbase plus its skew. */
const LISTEN_SECONDS = 4;
const GROUP = '224.0.0.18';
/** Every switch must pass this one, snooping or not. */
const ALL_HOSTS = '224.0.0.1';

export const carpHearing: ProbeCheck = {
  id: 'carp-hearing',
  title: 'The nodes hear each other by CARP, and nobody else',
  meaning: 'Two nodes that do not hear each other are both MASTER; the cause is told by what each one hears.',
  deadlineSeconds: 60,
  probe: async (subject, probes) => {
    const seconds = LISTEN_SECONDS * Math.max(1, subject.spec.carp.advbase);
    const heard = await Promise.all(subject.nodes.map((node) => listen(subject, node, probes, seconds)));
    const deaf = needsMulticast(heard) ? await tryMulticast(subject, heard, probes) : [];
    const findings = judgeHearing(subject.spec, heard, deaf);
    return { findings, details: heard.map(told) } satisfies Answer;
  },
};

async function listen(subject: Subject, node: DoctorNode, probes: Probes, seconds: number): Promise<Heard> {
  const { spec } = subject;
  const nic = nodeOf(spec, node.name).interface;
  const peer = subject.nodes.find((one) => one !== node);
  const other = peer && ownAddresses(spec, peer)[0];
  const body = `frame before netstat -sp carp
frame heard bounded ${seconds} tcpdump -n -l -c 64 -i ${quoteWord(nic)} proto 112
frame after netstat -sp carp
${other === undefined || other.includes(':') ? '' : `frame lan ping -q -o -c 3 -t 3 ${quoteWord(other)}\n`}`;
  const frames = await askNode(probes, node.name, body, seconds + 20);
  return heardBy(spec, node, frames);
}

/** What one node heard and counted; pure. */
export function heardBy(spec: ClusterSpec, node: DoctorNode, frames: Frames): Heard {
  const probe = parseCarpProbe(frameOf(frames, 'heard').stdout);
  const [before, after] = ['before', 'after'].map((id) => frameOf(frames, id).stdout);
  const grown = (what: RegExp) => Math.max(0, counter(after!, what) - counter(before!, what));
  const dump = frameOf(frames, 'heard');
  const lan = frames.get('lan');
  return {
    node: node.name,
    addresses: ownAddresses(spec, node),
    state: carpOf(spec, node.facts)?.state ?? 'INIT',
    // 124: its time was over, as it should be.
    listened: dump.code === 0 || dump.code === 124 || probe.speakers.length > 0,
    speakers: probe.speakers.filter(({ vhid }) => vhid === spec.carp.vhid).flatMap(({ from }) => from ?? []),
    received: grown(/(\d+) packets? received \(IPv[46]\)/g),
    sent: grown(/(\d+) packets? sent \(IPv[46]\)/g),
    badAuthentication: grown(/(\d+) discarded for bad authentication/g),
    badAddresses: grown(/(\d+) discarded because of a bad address list/g),
    filters: node.answers.pfRules !== undefined,
    allowed: node.facts.sysctls['net.inet.carp.allow'] !== '0',
    ...(lan === undefined ? {} : { lanAnswers: lan.code === 0 }),
  };
}

/** Sum over the lines that match, IPv4 and IPv6. */
function counter(text: string, what: RegExp): number {
  return [...text.matchAll(what)].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Addresses on the CARP interface that only this node has. */
function ownAddresses(spec: ClusterSpec, { name, facts }: DoctorNode): string[] {
  const nic = facts.interfaces.find((one) => one.name === nodeOf(spec, name).interface);
  const own =
    nic?.addresses.filter(({ vhid, family }) => vhid === undefined && family === spec.carp.family) ?? [];
  return own.map(({ address }) => address);
}

/** Only where the advertisements are lost on their way: then what else is lost tells by whom. */
function needsMulticast(heard: readonly Heard[]): boolean {
  return heard.length === 2 && heard.every(({ state, listened }) => state === 'MASTER' && listened);
}

/** One node pings the two groups, the other one listens; one direction after the other. */
async function tryMulticast(
  { spec }: Subject,
  heard: readonly Heard[],
  probes: Probes,
): Promise<Multicast[]> {
  const tried: Multicast[] = [];
  for (const from of heard) {
    const to = heard.find((one) => one !== from)!;
    const [source] = from.addresses;
    if (source === undefined || source.includes(':') || to.speakers.includes(source)) continue;
    const nic = quoteWord(nodeOf(spec, to.node).interface);
    const filter = quoteWord(`icmp and src host ${source} and (dst host ${GROUP} or dst host ${ALL_HOSTS})`);
    const listening = askNode(
      probes,
      to.node,
      `frame heard bounded 5 tcpdump -n -l -i ${nic} ${filter}\n`,
      20,
    );
    const pings = [GROUP, ALL_HOSTS]
      .map((group, at) => `frame ping.${at} bounded 5 ping -q -c 8 -i 0.3 -I ${quoteWord(source)} ${group}\n`)
      .join('');
    const [frames] = await Promise.all([listening, askNode(probes, from.node, pings, 20)]);
    const text = frameOf(frames, 'heard').stdout;
    tried.push({
      from: from.node,
      to: to.node,
      group: text.includes(`> ${GROUP}:`),
      allHosts: text.includes(`> ${ALL_HOSTS}:`),
    });
  }
  return tried;
}

function told({ node, state, speakers, received, sent, badAuthentication }: Heard): string {
  const from = [...new Set(speakers)].join(', ') || 'nobody';
  return `${node} (${state}) heard ${from}; counted ${received} received, ${sent} sent, ${badAuthentication} with bad authentication`;
}

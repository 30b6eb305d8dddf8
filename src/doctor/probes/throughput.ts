import { frameOf } from '../../facts/frames.js';
import { quoteWord } from '../../remote/words.js';
import { bytes, duration } from '../../report/text.js';
import { type ClusterSpec, nodeOf } from '../../spec/types.js';
import { failed, needsBoth, warning } from '../finding.js';
import type { Answer, ProbeCheck } from '../types.js';
import { askNode } from './ask.js';

const SEND_SECONDS = 3;
const PORT = 8458;
/** Below what a single Gigabit link carries with one disk behind it. */
const SLOW = 20 * 1024 * 1024;

export const throughput: ProbeCheck = {
  id: 'throughput',
  title: 'The replication link is fast enough for a full copy',
  meaning: 'After a disk or node is replaced everything is copied, and until then there is one copy only.',
  deadlineSeconds: 40,
  onlyByName: `fills the replication link for ${SEND_SECONDS} s`,
  probe: async (subject, probes) => {
    const [first, second] = subject.nodes;
    if (!first || !second) return needsBoth(subject);
    const address = nodeOf(subject.spec, second.name).replication;
    const received = askNode(probes, second.name, receiver(address), 30);
    const sent = askNode(probes, first.name, sender(address), 30);
    const [there, here] = await Promise.all([received, sent]);
    const total = copySize(subject.nodes.map(({ facts }) => facts.providers));
    return judgeThroughput(subject.spec, frameOf(there, 'received').stdout, frameOf(here, 'sent'), total);
  },
};

/** Counts what comes; gives up when nobody comes. */
function receiver(address: string): string {
  return `received() { bounded ${SEND_SECONDS + 12} nc -n -l ${quoteWord(address)} ${PORT} | wc -c; }
frame received received
`;
}

/** Waits for the receiver to listen, sends zeroes for some seconds, and closes. */
function sender(address: string): string {
  const to = `${quoteWord(address)} ${PORT}`;
  return `send() {
  tries=0
  while [ "$tries" -lt 20 ]; do
    if bounded ${SEND_SECONDS} dd if=/dev/zero bs=65536 2>/dev/null | bounded ${SEND_SECONDS + 5} nc -n -N -w 5 ${to}; then return 0; fi
    tries=$((tries + 1))
    sleep 0.2
  done
  return 1
}
frame sent send
`;
}

/** The larger of the two sides of each resource, in bytes. */
function copySize(providers: readonly Readonly<Record<string, { mediaSize?: number }>>[]): number {
  const sums = providers.map((own) =>
    Object.values(own).reduce((sum, { mediaSize }) => sum + (mediaSize ?? 0), 0),
  );
  return Math.max(0, ...sums);
}

/** What came through; pure. */
export function judgeThroughput(
  spec: ClusterSpec,
  received: string,
  sent: { code: number | undefined; stderr: string },
  total: number,
): Answer {
  const count = Number(received.trim());
  const names = spec.nodes.map(({ name }) => name).join(' to ');
  if (!(count > 0)) {
    const why = sent.stderr.trim() || `exit ${sent.code ?? 'unknown'}`;
    const saw = `nothing came through from ${names} on port ${PORT}: ${why}`;
    return {
      findings: [
        failed(undefined, saw, `let port ${PORT} pass between the nodes for this check, or leave it out`),
      ],
    };
  }
  const rate = count / SEND_SECONDS;
  const copy = duration(Math.round(total / rate) * 1000);
  const seen = `${bytes(rate)}/s from ${names}; a full copy of ${bytes(total)} takes at least ${copy}, if the disks keep up`;
  if (rate >= SLOW) return { findings: [], details: [seen] };
  return {
    findings: [warning(undefined, seen, 'a faster or direct replication link, or fewer bytes')],
    details: [seen],
  };
}

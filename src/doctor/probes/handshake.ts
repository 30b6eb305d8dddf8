import { randomBytes } from 'node:crypto';
import { type Frames, frameOf } from '../../facts/frames.js';
import { quoteWord } from '../../remote/words.js';
import { type ClusterSpec, nodeOf, peerOf } from '../../spec/types.js';
import { failed, needsBoth, warning } from '../finding.js';
import type { Answer, ProbeCheck, Subject } from '../types.js';
import { askNode } from './ask.js';

const PORT = 8459;
/** Seconds until the two must be connected. */
const CONNECT_SECONDS = 20;
/** A hand-over of connections that hangs there takes GEOM with it (reviews.freebsd.org/D57511). */
const BROKEN = 1500000;

export const handshake: ProbeCheck = {
  id: 'handshake',
  title: 'hastd works between the nodes, with a scratch resource',
  meaning: 'It shows that hastd itself works between these two machines, whatever the state of the pair.',
  deadlineSeconds: 120,
  onlyByName: 'starts a second hastd on both nodes for some seconds, on memory disks',
  beforeSetUp: true,
  probe: async (subject, probes) => {
    const [primary, secondary] = subject.nodes;
    if (!primary || !secondary) return needsBoth(subject);
    const refused = cannotBeTried(subject);
    if (refused) return refused;
    const name = `doctor${randomBytes(4).toString('hex')}`;
    const there = askNode(probes, secondary.name, secondaryBody(subject.spec, secondary.name, name), 90);
    const here = askNode(probes, primary.name, primaryBody(subject.spec, primary.name, name), 90);
    const [other, own] = await Promise.all([there, here]);
    return judgeHandshake(subject.spec, primary.name, own, other);
  },
};

/** Where the hand-shake is known to hang, everything that touches the device hangs with it, and then every disk. */
function cannotBeTried({ nodes }: Subject): Answer | undefined {
  const risky = nodes.filter(({ facts }) => facts.os.osreldate >= BROKEN);
  if (risky.length === 0) return undefined;
  const names = risky.map(({ name, facts }) => `${name} runs ${facts.os.release}`).join(', ');
  const saw = `${names}: hastd is known to hang there on its first connection and to take every disk with it; it is not tried`;
  return { findings: [warning(undefined, saw, 'use FreeBSD 14 or older for HAST')] };
}

/** A directory, a memory disk and a hastd of its own, all gone at the end whatever happens. */
function common(spec: ClusterSpec, node: string, name: string): string {
  const sections = spec.nodes.map((one) => {
    const remote = peerOf(spec, one.name).replication;
    return `	on ${one.name} {
		local /dev/$unit
		remote ${hostPort(remote)}
		source ${hostPort(one.replication, 0)}
	}`;
  });
  const listen = hostPort(nodeOf(spec, node).replication);
  return `dir=$(mktemp -d /tmp/hastconf.XXXXXX) || exit 1
unit=$(mdconfig -a -t swap -s 16m) || { rmdir "$dir"; exit 1; }
clean_up() {
  bounded 15 hastctl role -c "$dir/hast.conf" init ${name} >/dev/null 2>&1
  [ ! -s "$dir/pid" ] || kill "$(cat "$dir/pid")" 2>/dev/null
  tries=0
  while [ "$tries" -lt 50 ] && pgrep -F "$dir/pid" >/dev/null 2>&1; do tries=$((tries + 1)); sleep 0.1; done
  mdconfig -d -u "$unit" -o force
  rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
cat >"$dir/hast.conf" <<END
control $dir/control
pidfile $dir/pid
listen ${listen}
timeout 5
resource ${name} {
${sections.join('\n')}
}
END
started() { hastctl create -c "$dir/hast.conf" ${name} && hastd -c "$dir/hast.conf"; }
frame started started
`;
}

function hostPort(address: string, port = PORT): string {
  return address.includes(':') ? `tcp6://[${address}]:${port}` : `tcp4://${address}:${port}`;
}

/** Waits for the primary to have done with it: its own hastd sees the connection come and go. */
function secondaryBody(spec: ClusterSpec, node: string, name: string): string {
  return `${common(spec, node, name)}
frame role bounded 10 hastctl role -c "$dir/hast.conf" secondary ${name}
tries=0 met=no
while [ "$tries" -lt 120 ]; do
  tries=$((tries + 1))
  case $(bounded 5 hastctl status -c "$dir/hast.conf" ${name}) in
  *complete*) met=yes ;;
  *) [ "$met" = no ] || break ;;
  esac
  sleep 0.25
done
frame met echo "$met"
`;
}

function primaryBody(spec: ClusterSpec, node: string, name: string): string {
  const peer = quoteWord(peerOf(spec, node).replication);
  return `${common(spec, node, name)}
reachable() {
  tries=0
  while [ "$tries" -lt 40 ]; do
    if bounded 2 nc -z -w 1 ${peer} ${PORT}; then return 0; fi
    tries=$((tries + 1))
    sleep 0.25
  done
  return 1
}
connected() {
  tries=0
  while [ "$tries" -lt ${CONNECT_SECONDS * 4} ]; do
    case $(bounded 5 hastctl status -c "$dir/hast.conf" ${name}) in *complete*) return 0 ;; esac
    tries=$((tries + 1))
    sleep 0.25
  done
  return 1
}
written() { bounded 10 dd if=/dev/random of=/dev/hast/${name} bs=65536 count=64; }
read_back() { bounded 10 dd if=/dev/hast/${name} of=/dev/null bs=65536 count=64; }
frame reachable reachable
if [ "$code" = 0 ]; then
  # Its device must not come up with nobody at the other end: every reader of it would wait for the time-out.
  sleep 1
  frame role bounded 10 hastctl role -c "$dir/hast.conf" primary ${name}
  frame connected connected
  if [ "$code" = 0 ]; then
    frame written written
    frame read read_back
  fi
  frame log tail -n 5 /var/log/messages
fi
`;
}

/** How far the two came; pure. */
export function judgeHandshake(spec: ClusterSpec, primary: string, own: Frames, other: Frames): Answer {
  const peer = peerOf(spec, primary).name;
  for (const [node, frames] of [
    [primary, own],
    [peer, other],
  ] as const) {
    const { code, stderr } = frameOf(frames, 'started');
    if (code !== 0) {
      const saw = `a scratch hastd does not start on ${node}: ${stderr.trim() || `exit ${code}`}`;
      return { findings: [failed(node, saw, `on ${node}: look at /var/log/messages`)] };
    }
  }
  const stages: readonly (readonly [string, string, string])[] = [
    [
      'reachable',
      `port ${PORT} of ${peer} does not answer ${primary}`,
      'let ports 8457 to 8459 pass between the nodes',
    ],
    ['role', `hastctl role primary fails on ${primary}`, `on ${primary}: look at /var/log/messages`],
    ['connected', 'the two hastd do not connect', `look at /var/log/messages on both nodes (hastd)`],
    [
      'written',
      'a write does not come back',
      'do not put data on this pair: hastd does not work between these machines',
    ],
    [
      'read',
      'a read does not come back',
      'do not put data on this pair: hastd does not work between these machines',
    ],
  ];
  for (const [stage, saw, fix] of stages) {
    const { code, stderr } = frameOf(own, stage);
    if (code !== 0)
      return { findings: [failed(undefined, `${saw}${wordsOf(stderr)}`, fix)], details: logOf(own) };
  }
  const rate = /\((\d+) bytes\/sec\)/.exec(frameOf(own, 'written').stderr)?.[1];
  const seen = rate === undefined ? '' : `, 4 MB written at ${Math.round(Number(rate) / 1024)} KB/s`;
  return { findings: [], details: [`${primary} and ${peer} connected${seen}`] };
}

function wordsOf(stderr: string): string {
  const last = stderr.trim().split('\n').at(-1);
  return last ? `: ${last}` : '';
}

function logOf(frames: Frames): string[] {
  return frameOf(frames, 'log')
    .stdout.split('\n')
    .filter((line) => /hastd/.test(line));
}

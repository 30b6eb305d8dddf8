import type { Problem } from '../../errors.js';
import type { NodeFacts } from '../../facts/types.js';
import type { PlanInput } from '../types.js';

/** CARP became a property of the real interface in 10.0; older releases need carpN pseudo-interfaces. */
const OLDEST = 1000000;
/** Unix sockets rewritten: hastd's worker never gets its connection (reviews.freebsd.org/D57511). */
const BROKEN_HANDOVER = 1500000;
/** MAXPHYS went from 128 K to 1 M: an older secondary rejects a newer primary's writes. */
const BIG_MAXPHYS = 1300000;
/** Bytes that hastconf's own files need, generously. */
const SPACE_NEEDED = 1024 * 1024;

/** Rights, names, releases, programs and room on each node, and whether the two fit together. */
export function machineProblems(input: PlanInput): Problem[] {
  const nodes = input.spec.nodes.map((node) => input.facts[node.name]!);
  return [...nodes.flatMap((facts) => nodeProblems(facts)), ...pairProblems(nodes)];
}

function nodeProblems(facts: NodeFacts): Problem[] {
  return [
    ...rootProblems(facts),
    ...nameProblems(facts),
    ...releaseProblems(facts),
    ...programProblems(facts),
    ...spaceProblems(facts),
  ];
}

function rootProblems({ node, uid }: NodeFacts): Problem[] {
  if (uid === 0) return [];
  return [
    {
      id: 'no-root',
      node,
      message: `the login on ${node} has no root rights (uid ${uid})`,
      remedy: `log in as root, or set nodes.${node}.ssh.become to sudo, doas or su`,
    },
  ];
}

/** hastd's own order: hostname, its first part, hostuuid (any case), `hostid` and the number (hast.conf(5)). */
export function hastdMatches(name: string, { hostname, hostuuid, hostid }: NodeFacts['identity']): boolean {
  return (
    name === hostname ||
    name === hostname.split('.', 1)[0] ||
    name.toLowerCase() === hostuuid.toLowerCase() ||
    name === `hostid${hostid}`
  );
}

function nameProblems({ node, identity }: NodeFacts): Problem[] {
  if (hastdMatches(node, identity)) return [];
  return [
    {
      id: 'hostname-mismatch',
      node,
      message: `the machine behind ${node} calls itself ${identity.hostname}: hastd would not find its part of hast.conf`,
      remedy: `name the node ${identity.hostname.split('.', 1)[0]} in the cluster file, or check ssh.host`,
    },
  ];
}

function releaseProblems({ node, os }: NodeFacts): Problem[] {
  if (os.osreldate < OLDEST) {
    return [
      {
        id: 'release-too-old',
        node,
        message: `${node} runs ${os.release}: CARP before FreeBSD 10 works in another way, which this version does not set up`,
        remedy: 'upgrade the node to FreeBSD 10 or newer',
      },
    ];
  }
  if (os.osreldate < BROKEN_HANDOVER) return [];
  return [
    {
      id: 'release-broken-hast',
      node,
      message: `${node} runs ${os.release}: hastd is known to hang on its first connection on FreeBSD 15, and everything that touches its device hangs with it`,
      remedy:
        'use FreeBSD 14 or older; if your release has the fix for reviews.freebsd.org/D57511, add --ignore-check release-broken-hast',
    },
  ];
}

function programProblems({ node, programs }: NodeFacts): Problem[] {
  const missing = ['hastd', 'hastctl'].filter((program) => programs[program] === false);
  if (missing.length === 0) return [];
  return [
    {
      id: 'hast-missing',
      node,
      message: `${node} has no ${missing.join(' and no ')}`,
      remedy: 'install the base system with HAST; with pkgbase: pkg install FreeBSD-hast',
    },
  ];
}

function spaceProblems({ node, directories }: NodeFacts): Problem[] {
  const full = ['/', '/usr/local', '/var/db'].filter(
    (path) => (directories[path]?.available ?? Number.POSITIVE_INFINITY) < SPACE_NEEDED,
  );
  if (full.length === 0) return [];
  const left = Math.min(...full.map((path) => directories[path]!.available));
  return [
    {
      id: 'no-space',
      node,
      message: `the disk of ${node} is full: ${left} bytes left for ${full.join(', ')}`,
      remedy: `make room there (df -h): ${SPACE_NEEDED} bytes are enough`,
    },
  ];
}

function pairProblems([first, second]: readonly NodeFacts[]): Problem[] {
  if (!first || !second) return [];
  const problems: Problem[] = [];
  const [a, b] = [first.identity, second.identity];
  if (a.hostname === b.hostname && a.hostuuid === b.hostuuid) {
    problems.push({
      id: 'same-machine',
      message: `${first.node} and ${second.node} are the same machine (${a.hostname}, ${a.hostuuid})`,
      remedy: 'check ssh.host of both nodes',
    });
  }
  if (first.os.osreldate >= BIG_MAXPHYS !== second.os.osreldate >= BIG_MAXPHYS) {
    problems.push({
      id: 'releases-do-not-mix',
      message: `${first.node} runs ${first.os.release} and ${second.node} ${second.os.release}: a secondary before 13 rejects large writes of a newer primary`,
      remedy: 'run the same major release on both nodes',
    });
  }
  return problems;
}

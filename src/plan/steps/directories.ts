import type { NodeFacts } from '../../facts/types.js';
import { DIRECTORIES, PEER_HOME, PEER_USER } from '../../spec/paths.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

/** Directories and the unprivileged user of the peer channel. */
export function directorySteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    return [...userStep(facts), ...missingDirectories(input, facts)];
  });
}

function missingDirectories({ spec }: PlanInput, facts: NodeFacts): Step[] {
  const own = DIRECTORIES.filter(({ path }) => facts.directories[path] === undefined);
  const mountpoints = spec.storage
    .flatMap((storage) => (storage.type === 'ufs' ? [storage.mountpoint] : []))
    .filter((path) => facts.directories[path] === undefined)
    .filter((path) => !facts.mounts.some((mount) => mount.mountpoint === path))
    .map((path) => ({ path, owner: 'root', group: 'wheel', mode: '0755' }));
  const all = [...own, ...mountpoints];
  if (all.length === 0) return [];
  const make = all.map(({ path, owner, group, mode }) =>
    [
      `mkdir -p ${words(path)} || exit 1`,
      `chown ${words(`${owner}:${group}`, path)} || exit 1`,
      `chmod ${words(mode, path)} || exit 1`,
    ].join('\n'),
  );
  return [
    {
      id: `${facts.node}/directories`,
      node: facts.node,
      phase: 'directories',
      title: 'Make directories',
      risk: 'none',
      diff: all.map(({ path }) => `+ ${path}/`).join('\n'),
      action: { kind: 'script', script: stepScript(make.join('\n')) },
      verify: all.map(({ path }) => `[ -d ${words(path)} ] || exit 1`).join('\n'),
    },
  ];
}

/** The peer channel's user: no password, a home that only root may change (pw(8)). */
function userStep(facts: NodeFacts): Step[] {
  if (facts.peerUser) return [];
  const add = words(
    'pw',
    'useradd',
    PEER_USER,
    '-d',
    PEER_HOME,
    '-s',
    '/bin/sh',
    '-w',
    'no',
    '-c',
    'hastconf peer',
  );
  return [
    {
      id: `${facts.node}/directories/user`,
      node: facts.node,
      phase: 'directories',
      title: `Add user ${PEER_USER}`,
      risk: 'none',
      diff: `+ user ${PEER_USER} (no password; home ${PEER_HOME})`,
      action: {
        kind: 'script',
        script: stepScript(`pw usershow ${words(PEER_USER)} >/dev/null 2>&1 || ${add} || exit 1`),
      },
      verify: `pw usershow ${words(PEER_USER)} >/dev/null 2>&1`,
    },
  ];
}

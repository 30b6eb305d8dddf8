import type { Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import { stepScript, words } from '../plan/shell.js';
import type { PairFacts, Step } from '../plan/types.js';
import { AGENT, STATE_DIR } from '../spec/paths.js';
import { type ClusterSpec, peerOf, type ResourceSpec } from '../spec/types.js';
import { agentView } from './agent-view.js';

export interface Resolution {
  spec: ClusterSpec;
  /** Node whose copy stays. */
  winner: string;
  /** Names snapshots and files. */
  id: string;
  /** File on the losing node that its copy goes to, `.RESOURCE` appended; undefined: it is not kept in a file. */
  keep?: string;
}

/** Seconds of maintenance on a losing node that serves: until the copy is given up, and no longer should we be cut off. */
const PAUSE_SECONDS = 1800;
/** Bytes a second that a copy to a file is allowed to be as slow as. */
const SLOWEST_COPY = 4_000_000;

/** What stands against giving the loser's copy up, consent apart; pure. Nothing here may end in the winner's loss. */
export function resolveProblems({ spec, winner }: Resolution, facts: PairFacts): Problem[] {
  const loser = peerOf(spec, winner).name;
  return [facts[winner]!, facts[loser]!].flatMap((own): Problem[] => {
    const problems: Problem[] = [];
    if (!agentView(own)) {
      problems.push({
        id: 'agent-answers',
        node: own.node,
        message: `the agent on ${own.node} does not answer`,
        remedy: 'hastconf apply sets it up and starts it',
      });
    }
    if (!own.hast.running)
      problems.push({ id: 'hastd-down', node: own.node, message: `hastd does not answer on ${own.node}` });
    if (own.node === winner) problems.push(...winnerProblems(spec, own));
    return problems;
  });
}

/** The copy that is to stay must be one. */
function winnerProblems(spec: ClusterSpec, own: NodeFacts): Problem[] {
  return spec.resources.flatMap(({ name, local }): Problem[] => {
    if (own.hast.metadata[name] !== undefined || own.hast.resources[name]?.role === 'primary') return [];
    const message = `${local[own.node]} on ${own.node} shows no copy of ${name}: it cannot be the one that stays`;
    return [{ id: 'winner-without-copy', node: own.node, message }];
  });
}

/** Consents that are missing, and those that name what must not be lost; pure. */
export function consentProblems(
  { spec, winner }: Pick<Resolution, 'spec' | 'winner'>,
  destroy: readonly string[],
): { missing: string[]; wrong: string[] } {
  const loser = peerOf(spec, winner).name;
  const wanted = spec.resources.map(({ name }) => `${loser}:${name}`);
  return {
    missing: wanted.filter((one) => !destroy.includes(one)),
    wrong: destroy.filter((one) => !wanted.includes(one)),
  };
}

/** First part: the winner serves, the loser does not. */
export function handOverSteps({ spec, winner }: Resolution, facts: PairFacts): Step[] {
  const loser = peerOf(spec, winner).name;
  const busy = spec.resources.some(({ name }) => facts[loser]!.hast.resources[name]?.role === 'primary');
  const serving = agentView(facts[winner]!)?.state === 'serving' || isPrimary(spec, facts[winner]!);
  const demote: Step = {
    id: `${loser}/maintenance/demote`,
    node: loser,
    phase: 'maintenance',
    title: 'Let go of the storage, and stay without it',
    risk: 'disturbs',
    action: {
      kind: 'script',
      timeoutMs: 180_000,
      script: stepScript(`${words(AGENT)} maintenance on ${PAUSE_SECONDS} && ${words(AGENT)} demote`),
    },
    verify: stepScript(nothingPrimary(spec)),
  };
  const promote: Step = {
    id: `${winner}/move/force`,
    node: winner,
    phase: 'move',
    title: 'Serve this copy',
    risk: 'disturbs',
    action: {
      kind: 'script',
      timeoutMs: 180_000,
      script: stepScript(`${words(AGENT)} promote --force`),
    },
    verify: stepScript(`hastctl list ${words(spec.resources[0]!.name)} | grep -q 'role: primary'`),
  };
  return [...(busy ? [demote] : []), ...(serving ? [] : [promote])];
}

function isPrimary(spec: ClusterSpec, own: NodeFacts): boolean {
  return spec.resources.every(({ name }) => own.hast.resources[name]?.role === 'primary');
}

function nothingPrimary(spec: ClusterSpec): string {
  return spec.resources
    .map(({ name }) => `! has_role ${words(name)} primary || fail ${words(`${name} is still primary`)}`)
    .join('\n');
}

/** Second part: the copy is kept where that was asked for, or costs nothing, and given up; the node then takes part again. */
export function giveUpSteps(resolution: Resolution, facts: PairFacts): Step[] {
  const { spec, winner } = resolution;
  const loser = peerOf(spec, winner).name;
  const paused = agentView(facts[loser]!)?.maintenanceUntil !== undefined;
  return [
    ...spec.resources.flatMap((resource) => keepSteps(resolution, facts[loser]!, resource)),
    retireStep(spec, loser),
    rejoinStep(loser, paused),
  ];
}

function keepSteps(
  { id, keep }: Resolution,
  { node, hast, providers }: NodeFacts,
  resource: ResourceSpec,
): Step[] {
  const { name, zvol, local } = resource;
  const snapshot = zvol && `${zvol.pool[node]}/${zvol.name}@hastconf-${id}`;
  if (snapshot) {
    return [
      {
        id: `${node}/keep/${name}`,
        node,
        phase: 'keep',
        title: `Keep the copy of ${name} as ${snapshot}`,
        risk: 'none',
        action: { kind: 'script', script: stepScript(`zfs snapshot ${words(snapshot)}`) },
        verify: `zfs list -H -t snapshot ${words(snapshot)} >/dev/null`,
      },
    ];
  }
  if (keep === undefined) return [];
  const size = providers[local[node]!]?.mediaSize ?? hast.metadata[name]?.datasize ?? 0;
  const file = `${keep}.${name}`;
  return [
    {
      id: `${node}/keep/${name}`,
      node,
      phase: 'keep',
      title: `Copy ${local[node]} to ${file}`,
      risk: 'none',
      action: {
        kind: 'script',
        timeoutMs: 120_000 + Math.ceil((size / SLOWEST_COPY) * 1000),
        script: stepScript(keepScript(local[node]!, file, size)),
      },
      verify: `[ "$(stat -f %z ${words(file)})" -ge ${size} ]`,
    },
  ];
}

/** A file that is there already is somebody's, or the copy of an earlier try. */
function keepScript(provider: string, file: string, size: number): string {
  return `
file=${words(file)}
[ ! -e "$file" ] || refuse "$file exists: name another one with --keep-loser"
free=$(df -k "\${file%/*}/" | tail -n 1 | { read -r _fs _size _used _free _rest; echo "$_free"; })
[ "\${free:-0}" -gt ${Math.ceil(size / 1024)} ] || refuse "no room for $file: ${Math.ceil(size / 1024)} KB wanted, \${free:-0} KB free"
umask 077
dd if=${words(provider)} of="$file" bs=1048576 2>/dev/null && fsync "$file" || { rm -f "$file"; fail "could not copy ${provider}"; }`;
}

/**
 * Everything that could make this the wrong node is looked at again right before. The agent stops meanwhile, and forgets
 * what it knew of a copy that is no more: it then counts as one that never had any data.
 */
function retireStep(spec: ClusterSpec, loser: string): Step {
  const names = spec.resources.map(({ name }) => name);
  const guard = names.map(
    (name) =>
      `! has_role ${words(name)} primary || refuse ${words(`${name} is primary on ${loser}: its copy is in use`)}`,
  );
  const create = names.map(
    (name) =>
      `hastctl role init ${words(name)} && hastctl create ${words(name)} || { hastd_said ${words(name)}; fail ${words(`could not create ${name} anew`)}; }`,
  );
  return {
    id: `${loser}/retire`,
    node: loser,
    phase: 'retire',
    title: `Give up the copy of ${names.join(', ')}`,
    risk: 'destroys',
    action: {
      kind: 'script',
      timeoutMs: 180_000,
      script: stepScript(`
${guard.join('\n')}
case $(mount -p) in */dev/hast/*) refuse ${words(`something of /dev/hast is mounted on ${loser}`)} ;; esac
service carp_hast stop </dev/null >/dev/null 2>&1 || fail "the agent does not stop"
${guard.join('\n')}
${create.join('\n')}
rm -f ${words(`${STATE_DIR}/record`, `${STATE_DIR}/lone`)}`),
    },
    verify: stepScript(
      names
        .map(
          (name) =>
            `hastctl dump ${words(name)} | grep -q 'localcnt: 0' || fail ${words(`${name} still has its old metadata`)}`,
        )
        .join('\n'),
    ),
  };
}

/** The agent of a node without a copy of its own starts, and asks the other one; `paused`: the maintenance was ours. */
export function rejoinStep(loser: string, paused: boolean): Step {
  return {
    id: `${loser}/rejoin-copy`,
    node: loser,
    phase: 'rejoin-copy',
    title: 'Start the agent: it takes the role of the secondary',
    risk: 'none',
    action: {
      kind: 'script',
      timeoutMs: 180_000,
      script: stepScript(`
service carp_hast status >/dev/null 2>&1 || service carp_hast start </dev/null || exit 1
${paused ? `${words(AGENT)} maintenance off || exit 1` : ':'}
${words(AGENT)} reconcile`),
    },
    verify: 'service carp_hast status >/dev/null',
  };
}

import type { NodeFacts } from '../../facts/types.js';
import { AGENT, STATE_DIR } from '../../spec/paths.js';
import { hastChanges, resourcesToDisconnect } from '../hast-change.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

/** The standby lets go of what its primary must not be connected to while it reads new addresses. */
export function disconnectSteps(input: PlanInput, { node }: NodeFacts): Step[] {
  if (node !== input.secondary) return [];
  return resourcesToDisconnect(input).map((name) => ({
    id: `${node}/release/disconnect/${name}`,
    node,
    phase: 'release',
    title: `Disconnect ${name} from its primary`,
    risk: 'disturbs',
    impact: {
      kind: 'reconnect',
      detail: `${name} is not replicated until both nodes know the new addresses; then what was written meanwhile is copied`,
    },
    diff: `${name}: secondary -> init`,
    action: {
      kind: 'script',
      script: stepScript(`
resource=${words(name)}
has_role "$resource" init && exit 0
has_role "$resource" secondary || refuse "$resource is not secondary here by now: its role is left alone"
hastctl role init "$resource"`),
    },
    verify: stepScript(`has_role ${words(name)} init`),
  }));
}

/**
 * A standby whose provider is exchanged: its copy ends before hastd reads of the new one, and its agent knows that
 * there is none, also should the other node fail before the new copy is whole.
 */
export function giveUpSteps(input: PlanInput, facts: NodeFacts): Step[] {
  const changes = hastChanges(input, facts);
  return [...changes].flatMap(([name, change]): Step[] => {
    const running = facts.hast.resources[name];
    if (change !== 'provider' || running?.role !== 'secondary') return [];
    return [
      {
        id: `${facts.node}/release/${name}`,
        node: facts.node,
        phase: 'release',
        title: `Give up the copy of ${name} on ${running.localPath}`,
        risk: 'disturbs',
        impact: {
          kind: 'roles-drop',
          detail: `no fail-over to ${facts.node} until all of ${name} has been copied again; the old copy stays on ${running.localPath}`,
        },
        diff: `${name}: secondary -> init`,
        action: {
          kind: 'script',
          timeoutMs: 120_000,
          script: stepScript(`
resource=${words(name)}
has_role "$resource" init || has_role "$resource" secondary || refuse "$resource is primary here by now"
hastctl role init "$resource" || exit 1
[ -x ${AGENT} ] || exit 0
printf '0 -\\n' >${STATE_DIR}/spool/insync || exit 1
${AGENT} reconcile`),
        },
        verify: stepScript(`
has_role ${words(name)} init || exit 1
[ -x ${AGENT} ] || exit 0
case $(${AGENT} status --json) in *'"fresh":"fresh"'*) exit 1 ;; esac`),
      },
    ];
  });
}

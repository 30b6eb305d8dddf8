import type { NodeFacts } from '../../facts/types.js';
import { AGENT } from '../../spec/paths.js';
import { hastChanges } from '../hast-change.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

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
${AGENT} peer insync 0 >/dev/null || exit 1
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

import type { PairFacts } from '../plan/types.js';
import type { ClusterSpec } from '../spec/types.js';
import { agentView } from './agent-view.js';
import type { Check } from './check.js';
import { decideSwitchover } from './switchover.js';

/** What a drill will do, and whether it may. */
export interface DrillDecision {
  /** Serves now; undefined: none, or not one alone. */
  primary: string | undefined;
  standby: string;
  checks: readonly Check[];
}

/**
 * A drill wants a pair at rest: everything that a planned move wants, and nothing on either node that would make a
 * second fault, or the way back, cost data. Pure.
 */
export function decideDrill(spec: ClusterSpec, facts: PairFacts): DrillDecision {
  const { from, to, checks } = decideSwitchover(spec, facts);
  const rest = spec.nodes.flatMap(({ name }) => restChecks(facts, name));
  return { primary: from, standby: to, checks: [...checks, ...rest] };
}

function restChecks(facts: PairFacts, node: string): Check[] {
  const own = facts[node];
  const view = own && agentView(own);
  if (!view) return [];
  const alarms = view.alarms.join(', ');
  const quiet: Check = {
    id: 'no-alarms',
    node,
    ok: view.alarms.length === 0,
    message: alarms === '' ? `no alarms on ${node}` : `alarms on ${node}: ${alarms}`,
    ...(alarms === ''
      ? {}
      : { remedy: 'hastconf status says what each means; a drill wants a pair at rest' }),
  };
  if (view.state !== 'serving') return [quiet];
  const agreed = view.agreedEpoch === undefined || view.agreedEpoch === view.epoch;
  const off = view.maintenanceUntil === undefined;
  return [
    quiet,
    {
      id: 'copies-agreed',
      node,
      ok: agreed,
      message: agreed
        ? `${node} knows both copies to be the same`
        : `${node} has gone on alone since epoch ${view.agreedEpoch}: the other copy lacks data`,
      ...(agreed ? {} : { remedy: 'hastconf wait waits for the synchronisation' }),
    },
    {
      id: 'no-maintenance-serving',
      node,
      ok: off,
      message: off ? `no maintenance on ${node}` : `${node} is under maintenance`,
      ...(off ? {} : { remedy: 'hastconf maintenance off' }),
    },
  ];
}

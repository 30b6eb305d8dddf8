import { parsePing, pingBody } from '../facts/ping.js';
import type { FactsRequest, NodeFacts } from '../facts/types.js';
import { hintsFor } from '../plan/hints.js';
import { plan } from '../plan/plan.js';
import { clockProblems } from '../plan/preflight/clock.js';
import { machineProblems } from '../plan/preflight/machine.js';
import type { Plan, PlanInput } from '../plan/types.js';
import type { Target } from '../remote/target.js';
import { render } from '../render/render.js';
import { placeholderChap } from '../spec/chap-secrets.js';
import { Secret } from '../spec/secret.js';
import type { ClusterSpec } from '../spec/types.js';
import type { Pair } from './types.js';

type Two<T> = readonly [T, T];

/** Everything about a machine that the questions need, before anything is decided. */
export function firstLook(node: string): FactsRequest {
  return {
    node,
    providers: [],
    searchDisks: true,
    files: ['/etc/hast.conf'],
    services: ['hastd'],
    ping: [],
    sysctls: [],
    directories: ['/', '/usr/local', '/var/db'],
  };
}

/** The node's own end of the SSH connection; sudo and the like may have taken it away. */
export async function reachedAt(target: Target): Promise<string | undefined> {
  const { stdout } = await target.script('echo "${SSH_CONNECTION-}"\n');
  return stdout.trim().split(' ')[2];
}

/** Which of the addresses answer a ping from the node, all asked at once. */
export async function answeringTo(target: Target, addresses: readonly string[]): Promise<string[]> {
  if (addresses.length === 0) return [];
  const request = { ...firstLook(target.node), ping: addresses };
  const script = `bounded() { shift; "$@"; }\n${pingBody(request)}exec 5>&1 >/dev/null 2>&1 </dev/null\npings\n`;
  const answered = parsePing((await target.script(script)).stdout, request);
  return addresses.filter((address) => answered[address]);
}

/** These checks look at names and facts alone; there is no spec yet. */
export function problemsOf(names: Two<string>, facts: Two<NodeFacts>): Pair['problems'] {
  const input = {
    spec: { nodes: names.map((name) => ({ name })) },
    facts: Object.fromEntries(facts.map((own) => [own.node, own])),
  } as unknown as PlanInput;
  return [...machineProblems(input), ...clockProblems(input)];
}

export function planFor(
  spec: ClusterSpec,
  looked: readonly NodeFacts[],
  foreignVhids: readonly number[],
): Plan {
  const facts = Object.fromEntries(looked.map((own) => [own.node, own]));
  // Nothing shows the password, so one that is still to be made can stand for itself.
  const secrets = {
    carpPassword: new Secret('to_be_generated'),
    chap: placeholderChap(spec, 'to_be_given'),
  };
  const files = render(spec, secrets, hintsFor(spec, facts));
  return plan({ spec, facts, files, destroy: [], ignoredChecks: [], foreignVhids });
}

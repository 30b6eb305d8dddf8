import { ExitCode, HastconfError, type Problem } from '../errors.js';
import { gather } from '../facts/gather.js';
import { hintsFor } from '../plan/hints.js';
import { plan } from '../plan/plan.js';
import type { Plan } from '../plan/types.js';
import type { Target } from '../remote/target.js';
import { render } from '../render/render.js';
import type { GeneratedFile } from '../render/types.js';
import { proveProblems } from '../report/final.js';
import { clusterStatus } from '../report/status.js';
import type { Secret } from '../spec/secret.js';
import type { ClusterSpec } from '../spec/types.js';
import { readAnswers } from './answers.js';
import { doctorRequest } from './request.js';
import type { DoctorNode, Subject } from './types.js';

/** A node's connection, or why there is none. */
export type Line = { node: string; target: Target } | { node: string; error: HastconfError };

/** Reads everything that the checks on facts look at; a node that fails on the way counts as unreachable. */
export async function readSubject(
  spec: ClusterSpec,
  specPath: string,
  lines: readonly Line[],
  password: Secret,
  signal: AbortSignal,
): Promise<Subject> {
  const read = await Promise.all(lines.map((line) => readNode(spec, line, signal)));
  const nodes = read.flatMap((one) => ('facts' in one ? [one] : []));
  const unreachable = read.flatMap((one) => ('error' in one ? [one] : []));
  const made = nodes.length === spec.nodes.length ? planPair(spec, nodes, password) : undefined;
  return {
    spec,
    specPath,
    nodes,
    unreachable,
    plan: made?.plan,
    files: made?.files ?? [],
    verification: nodes.length === 0 ? [] : verify(spec, nodes, unreachable),
  };
}

/** With a node away only what is seen of the other counts: what is missing here may be there. */
function verify(
  spec: ClusterSpec,
  nodes: readonly DoctorNode[],
  unreachable: Subject['unreachable'],
): readonly Problem[] {
  const facts = nodes.map((one) => one.facts);
  if (unreachable.length === 0) return proveProblems(spec, facts);
  const readings = [...facts.map((one) => ({ node: one.node, facts: one })), ...unreachable];
  return clusterStatus(spec, readings, new Date(0)).problems;
}

async function readNode(
  spec: ClusterSpec,
  line: Line,
  signal: AbortSignal,
): Promise<DoctorNode | { node: string; error: HastconfError }> {
  if ('error' in line) return line;
  const { node, target } = line;
  try {
    const [facts, answers] = await Promise.all([
      gather(target, doctorRequest(spec, node), { signal }),
      readAnswers(target, spec, signal),
    ]);
    return { name: node, facts, answers };
  } catch (error) {
    if (!(error instanceof HastconfError) || error.exit === ExitCode.Interrupted) throw error;
    return { node, error };
  }
}

function planPair(
  spec: ClusterSpec,
  nodes: readonly DoctorNode[],
  carpPassword: Secret,
): { plan: Plan; files: readonly GeneratedFile[] } {
  const facts = Object.fromEntries(nodes.map((node) => [node.name, node.facts]));
  const files = render(spec, { carpPassword }, hintsFor(spec, facts));
  return { files, plan: plan({ spec, facts, files, destroy: [], ignoredChecks: [] }) };
}

import type { Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import type { ClusterSpec } from '../spec/types.js';
import { fileSha256, IDENTICAL_FILES } from './observe.js';
import { clusterStatus } from './status.js';
import { statusRows } from './status-rows.js';
import { bytes, duration, style, table } from './text.js';

/**
 * Everything that is not as it should be after `apply`, both nodes read; empty means proved: one primary for all
 * resources, `complete`, zero dirty bytes, MASTER there, storage and services there, daemons and agent running on
 * both nodes, and the shared files identical. On a pair in use, writes in flight are no fault: dirty bytes count
 * only as long as the standby's agent does not call its copy fresh.
 */
export function proveProblems(spec: ClusterSpec, facts: readonly NodeFacts[]): Problem[] {
  const readings = facts.map((one) => ({ node: one.node, facts: one }));
  const missing = spec.nodes.filter((node) => !facts.some((one) => one.node === node.name));
  const unread = missing.map((node): Problem => {
    return { id: 'unreachable', node: node.name, message: `${node.name} could not be read back` };
  });
  const { problems } = clusterStatus(spec, readings, new Date(0));
  return [...unread, ...problems, ...fileProblems(facts)];
}

function fileProblems(facts: readonly NodeFacts[]): Problem[] {
  const [a, b] = facts;
  if (!a || !b) return [];
  return IDENTICAL_FILES.flatMap((path): Problem[] => {
    const sums = [fileSha256(a, path), fileSha256(b, path)];
    if (sums[0] === sums[1]) return [];
    const lacking = [a, b].find((_, index) => sums[index] === undefined);
    const message = lacking
      ? `${path} is missing on ${lacking.node}`
      : `${path} differs between ${a.node} and ${b.node}`;
    return [{ id: 'files-differ', path, message, remedy: 'hastconf apply' }];
  });
}

/** What `apply` prints at its end: how long it took, both nodes side by side, the files' checksums, what is wrong. */
export function finalReport(
  spec: ClusterSpec,
  facts: readonly NodeFacts[],
  durationMs: number,
  options: { color: boolean; width?: number },
): string {
  const readings = facts.map((one) => ({ node: one.node, facts: one }));
  const status = clusterStatus(spec, readings, new Date(0));
  const problems = proveProblems(spec, facts);
  const good = problems.length === 0;
  const word = style(good ? 'VERIFIED' : 'VERIFICATION FAILED', good ? 'good' : 'bad', options.color);
  const lines = [
    `${spec.name}: ${word} after ${duration(durationMs)}`,
    '',
    ...table(statusRows(status, options.width ?? 80, options.color)),
    '',
    ...table(fileRows(facts)),
  ];
  if (good) {
    const dirty = status.dirty === 0 ? 'zero dirty bytes' : `${bytes(status.dirty ?? 0)} of writes in flight`;
    lines.push('', `${status.serving} serves ${status.carp.address}; every resource complete, ${dirty}.`);
  }
  for (const problem of problems) {
    lines.push(
      '',
      `- ${problem.message}`,
      ...(problem.remedy === undefined ? [] : [`  -> ${problem.remedy}`]),
    );
  }
  return lines.join('\n');
}

function fileRows(facts: readonly NodeFacts[]): string[][] {
  return IDENTICAL_FILES.flatMap((path): string[][] => {
    const sums = facts.map((one) => fileSha256(one, path));
    const known = sums.find((sum) => sum !== undefined);
    if (known === undefined) return [];
    const same = sums.length === 2 && sums[0] === sums[1];
    return [[path, same ? 'identical' : 'DIFFERS', `sha256 ${known.slice(0, 16)}`]];
  });
}

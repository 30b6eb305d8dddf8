import { type ExitCode, HastconfError, type Problem, ProblemsError } from '../errors.js';

/**
 * What to throw when something was tried on both nodes: one failure as it is, two as one error that names both under
 * `title`. A fault of the program's own goes first, so that it is not taken for a node's.
 */
export function failureOf(results: readonly PromiseSettledResult<unknown>[], title: string): unknown {
  const reasons = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  const expected = reasons.filter((reason) => reason instanceof HastconfError);
  const [first] = expected;
  if (!first || expected.length < reasons.length)
    return reasons.find((reason) => !(reason instanceof HastconfError));
  return expected.length === 1 ? first : together(expected, first.exit, title);
}

function together(errors: readonly HastconfError[], exit: ExitCode, title: string): ProblemsError {
  const problems = errors.map(
    (error): Problem => ({
      id: 'node-failed',
      message: [error.message, error.detail].filter(Boolean).join(': '),
      ...(error.node === undefined ? {} : { node: error.node }),
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    }),
  );
  return new ProblemsError(exit, title, problems);
}

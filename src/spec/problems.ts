import { ExitCode, type Problem, ProblemsError } from '../errors.js';

/** One line: `cluster.yaml:12:5 hast.replication: must be one of … -- what to do`. */
export function describeProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.line === undefined ? undefined : problem.column]
    .filter((part) => part !== undefined)
    .join(':');
  const where = [place, problem.path].filter((part) => part !== undefined && part !== '').join(' ');
  const remedy = problem.remedy === undefined ? '' : ` -- ${problem.remedy}`;
  return `${where === '' ? '' : `${where}: `}${problem.message}${remedy}`;
}

/** All problems of a cluster file, in the order of the file. Exit 2. */
export function specError(file: string, problems: readonly Problem[]): ProblemsError {
  const sorted = [...problems].sort(
    (left, right) =>
      (left.line ?? 0) - (right.line ?? 0) ||
      (left.column ?? 0) - (right.column ?? 0) ||
      (left.path ?? '').localeCompare(right.path ?? '', 'en'),
  );
  const count = sorted.length === 1 ? 'one problem' : `${sorted.length} problems`;
  return new ProblemsError(ExitCode.Usage, `${file} is not a valid cluster file: ${count}`, sorted);
}

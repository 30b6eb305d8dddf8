import { ExitCode, type Problem, ProblemsError } from '../errors.js';
import { flagFor } from '../spec/flags/table.js';
import { QUESTIONS } from './questions/index.js';

/** What the wizard would have asked, and how else to give it, where nobody can be asked: exit 2. */
export function nobodyToAsk(file: string, fileExists: boolean): ProblemsError {
  const missing = QUESTIONS.filter(({ applies, key, optional }) => !applies && !optional && key !== '');
  const problems = missing.map(({ id, label, key }): Problem => {
    const flag = flagFor(key.split(/[ ,[]/, 1)[0]!.split('.'));
    return {
      id: `missing-${id}`,
      message: `${label}: ${key} in ${file}`,
      ...(flag === undefined ? {} : { remedy: flag }),
    };
  });
  const remedy = fileExists
    ? `${file} is there: hastconf -f ${file} apply -y does without questions`
    : `write these into ${file} or give them as flags, then: hastconf -f ${file} apply -y; or run hastconf init on a terminal, which asks for them`;
  const message = 'hastconf init asks questions, and there is nobody to answer them';
  return new ProblemsError(ExitCode.Usage, message, problems, { remedy });
}

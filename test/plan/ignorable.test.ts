import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { exitOfProblems, IGNORABLE_CHECKS } from '../../src/plan/ignorable.js';

const problem = (id: string) => ({ id, message: id });
const GUARDS = [
  'provider-in-use',
  'split-brain',
  'two-primaries',
  'unanswered',
  'file-unreadable',
  'metadata-lost',
  'provider-no-disk',
  'provider-twice',
];

describe('problems that stop an apply', () => {
  it.each(GUARDS)('%s guards data: it is refused, and no option reaches it', (id) => {
    expect(exitOfProblems([problem('clock-skew'), problem(id)])).toBe(ExitCode.Refused);
    expect(IGNORABLE_CHECKS).not.toContain(id);
  });

  it('that guard nothing are failed checks', () => {
    expect(exitOfProblems([problem('clock-skew'), problem('interface-missing')])).toBe(ExitCode.Preflight);
    for (const id of IGNORABLE_CHECKS) expect(exitOfProblems([problem(id)])).toBe(ExitCode.Preflight);
  });
});

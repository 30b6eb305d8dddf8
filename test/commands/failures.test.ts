import { describe, expect, it } from 'vitest';
import { failureOf } from '../../src/commands/failures.js';
import { ExitCode, HastconfError, ProblemsError } from '../../src/errors.js';

const failed = (reason: unknown): PromiseRejectedResult => ({ status: 'rejected', reason });
const well = { status: 'fulfilled', value: 1 } as const;
const unreachable = (node: string) =>
  new HastconfError(ExitCode.Unreachable, `${node} does not answer`, { node, remedy: `ping ${node}` });

describe('failureOf', () => {
  it('is the one failure as it is', () => {
    const only = unreachable('hasta');
    expect(failureOf([well, failed(only)], 'both failed')).toBe(only);
  });

  it('names both nodes with what to do', () => {
    const both = failureOf([failed(unreachable('hasta')), failed(unreachable('hastb'))], 'both failed');
    expect(both).toBeInstanceOf(ProblemsError);
    expect(both).toMatchObject({
      exit: ExitCode.Unreachable,
      message: expect.stringContaining('both failed'),
      problems: [
        { node: 'hasta', message: 'hasta does not answer', remedy: 'ping hasta' },
        { node: 'hastb', message: 'hastb does not answer', remedy: 'ping hastb' },
      ],
    });
  });

  it('lets a fault of the program come through', () => {
    const fault = new TypeError('undefined is not a function');
    expect(failureOf([failed(unreachable('hasta')), failed(fault)], 'both failed')).toBe(fault);
  });
});

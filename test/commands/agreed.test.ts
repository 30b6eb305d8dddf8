import { describe, expect, it } from 'vitest';
import { refuseDrift, refuseNewLoss } from '../../src/commands/agreed.js';
import type { Destruction, Plan, Step } from '../../src/plan/types.js';

const create = (script: string, more: Partial<Step> = {}): Step => ({
  id: 'hasta/metadata/disk0',
  node: 'hasta',
  phase: 'metadata',
  title: 'Create HAST metadata of disk0 on /dev/vtbd1',
  risk: 'destroys',
  diff: '+ hastctl create disk0',
  action: { kind: 'script', script },
  ...more,
});

const loss = (detail: string): Destruction => ({
  node: 'hasta',
  what: '/dev/vtbd1',
  loses: [detail],
  consented: true,
});

const planOf = (more: Partial<Plan> = {}): Plan => ({
  steps: [create('as shown')],
  problems: [],
  destructions: [loss('LUKS encryption')],
  notes: [],
  refusals: [],
  primary: 'hasta',
  ...more,
});

const shown = planOf();

describe('consent is for what was shown', () => {
  it('the same again, and less, is agreed to', () => {
    expect(() => refuseDrift(shown, planOf())).not.toThrow();
    expect(() => refuseDrift(shown, planOf({ steps: [], destructions: [] }))).not.toThrow();
  });

  it.each<[string, Partial<Plan>, RegExp]>([
    ['another loss, consented or not', { destructions: [loss('ufs file system')] }, /would destroy .*ufs/],
    ['a refusal', { refusals: [{ id: 'provider-of-primary', message: 'in use by now' }] }, /in use by now/],
    ['a problem', { problems: [{ id: 'unanswered', message: 'no answer' }] }, /no answer/],
    ['another primary', { primary: 'hastb' }, /hastb is primary by now/],
    ['a new step', { steps: [create('as shown', { id: 'hasta/x' })] }, /new step on hasta/],
    ['another disk under the same name', { steps: [create('other mark')] }, /another step on hasta/],
  ])('%s ends the run with exit 5', (_, now, detail) => {
    expect(() => refuseDrift(shown, planOf(now))).toThrow(
      expect.objectContaining({ exit: 5, detail: expect.stringMatching(detail) }),
    );
  });

  it('a step that destroys nothing may be carried out in another way', () => {
    const careful = (script: string) => planOf({ steps: [create(script, { risk: 'none' })] });
    expect(() => refuseDrift(careful('one'), careful('two'))).not.toThrow();
  });

  it('a file that somebody has changed since is another diff', () => {
    const attributes = { owner: 'root', group: 'wheel', mode: 0o644 };
    const action = {
      kind: 'write' as const,
      path: '/etc/rc.conf',
      content: 'x',
      attributes,
      replaces: 'y',
      secrets: [],
    };
    const write = (diff: string) => planOf({ steps: [create('', { risk: 'none', action, diff })] });
    expect(() => refuseDrift(write('-a +x'), write('-a +x'))).not.toThrow();
    expect(() => refuseDrift(write('-a +x'), write('-b +x'))).toThrow(expect.objectContaining({ exit: 5 }));
  });

  it('after the first steps new ones may follow, a new loss may not', () => {
    expect(() => refuseNewLoss(shown, planOf({ steps: [create('x', { id: 'hasta/y' })] }))).not.toThrow();
    expect(() => refuseNewLoss(shown, planOf({ destructions: [loss('a pool')] }))).toThrow(
      expect.objectContaining({ exit: 5 }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import type { ProviderFacts } from '../../src/facts/types.js';
import { plan } from '../../src/plan/plan.js';
import { freshFacts, pairSpec, provider } from './fixtures.js';

const MARK = '4294967295-2293760';
const unknown = { kind: 'unrecognised' as const, detail: 'data that is not recognised' };

function planOver(more: Partial<ProviderFacts>, destroy: readonly string[] = []) {
  const hastb = freshFacts('hastb', { providers: { '/dev/vtbd1': provider('/dev/vtbd1', more) } });
  const facts = { hasta: freshFacts('hasta'), hastb };
  const made = plan({ spec: pairSpec(), facts, files: [], destroy, ignoredChecks: [] });
  const step = made.steps.find(({ id }) => id === 'hastb/metadata/disk0');
  const script = step?.action.kind === 'script' ? step.action.script : '';
  return { ...made, step, script };
}

describe('a provider with data that nobody names', () => {
  it('is a loss to consent to', () => {
    expect(planOver({ uses: [unknown], ends: MARK }).destructions).toEqual([
      { node: 'hastb', what: '/dev/vtbd1', loses: [unknown.detail], consented: false },
    ]);
  });

  it('is created only while it is as the plan showed it, and wiped at both ends', () => {
    const { step, script, destructions } = planOver({ uses: [unknown], ends: MARK }, ['hastb:/dev/vtbd1']);
    expect(destructions).toMatchObject([{ consented: true }]);
    expect(step).toMatchObject({ risk: 'destroys' });
    expect(step?.diff).toContain('zeros over the first and the last megabyte of /dev/vtbd1');
    expect(script).toContain(`"$mark" != ${MARK}`);
    expect(script.indexOf('wipe_ends "$provider"')).toBeLessThan(script.indexOf('hastctl create'));
  });

  it('without consent, or when it was blank, wants it to be blank on the node', () => {
    for (const { step, script } of [
      planOver({ uses: [unknown], ends: MARK }),
      planOver({ ends: 'blank' }),
      planOver({ ends: 'blank' }, ['hastb:/dev/vtbd1']),
      // Not read: a volume that is made in the same run.
      planOver({}),
    ]) {
      expect(step?.diff).toBe('+ hastctl create disk0');
      expect(script).toContain('if [ "$mark" != blank ]');
      expect(script).not.toContain('wipe_ends "$provider"');
    }
  });
});

describe('what is on the device of a resource', () => {
  it('is formatted without a look at it only with a consent of its own', () => {
    const format = (destroy: readonly string[]) => {
      const { steps, destructions } = planOver({}, destroy);
      const step = steps.find(({ phase }) => phase === 'format');
      return {
        destructions,
        risk: step?.risk,
        script: step?.action.kind === 'script' ? step.action.script : '',
      };
    };
    const careful = format([]);
    expect(careful.script).toContain('case $(ends_mark "$device" device) in');
    expect(careful.script).toContain('hastconf apply --destroy hasta:/dev/hast/disk0');
    expect(careful.risk).toBe('none');
    const given = format(['hasta:/dev/hast/disk0']);
    expect(given.script).not.toContain('case $(ends_mark');
    expect(given).toMatchObject({
      risk: 'destroys',
      destructions: [{ what: '/dev/hast/disk0', consented: true }],
    });
  });
});

import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/plan/plan.js';
import type { Step } from '../../src/plan/types.js';
import { planJson, planText } from '../../src/report/plan-text.js';

function step(node: string, title: string, diff: string): Step {
  return {
    id: `${node}/${title}`,
    node,
    phase: 'files',
    title,
    risk: 'none',
    diff,
    action: { kind: 'script', script: 'true' },
  };
}

const PLAN: Plan = {
  steps: [
    step('hasta', 'Write /etc/hast.conf', '+a\n+b\n+c\n+d'),
    step('hastb', 'Write /etc/hast.conf', '+a\n+b\n+c\n+d'),
    step('hasta', 'Write agent.conf', "+node='hasta'"),
    step('hastb', 'Write agent.conf', "+node='hastb'"),
  ],
  problems: [],
  destructions: [{ node: 'hasta', what: '/dev/da1', loses: ['ufs'], consented: false }],
  notes: [],
  primary: 'hasta',
};

describe('planText', () => {
  it('says once what both nodes get alike, then what is each node’s own, then what is lost', () => {
    expect(planText(PLAN, { color: false, diffLines: 3 })).toBe(
      [
        'hasta and hastb',
        '  Write /etc/hast.conf',
        '    +a',
        '    +b',
        '    +c',
        '    … 1 more line',
        '',
        'hasta (primary)',
        '  Write agent.conf',
        "    +node='hasta'",
        '',
        'hastb',
        '  Write agent.conf',
        "    +node='hastb'",
        '',
        'DESTROYS hasta:/dev/da1: ufs',
        '4 steps on 2 nodes; hasta is or becomes primary.',
      ].join('\n'),
    );
  });

  it('says plainly that there is nothing to do', () => {
    const idle = { ...PLAN, steps: [], destructions: [] };
    expect(planText(idle, { color: false, diffLines: 3 })).toBe(
      'Nothing to do: both nodes are as the cluster file says.',
    );
  });

  it('gives JSON every diff in full, and no scripts', () => {
    const json = JSON.parse(JSON.stringify(planJson(PLAN)));
    expect(json).toMatchObject({ changes: true, primary: 'hasta' });
    expect(json.steps[0]).toEqual({
      id: 'hasta/Write /etc/hast.conf',
      node: 'hasta',
      phase: 'files',
      title: 'Write /etc/hast.conf',
      risk: 'none',
      impact: 'nothing',
      diff: '+a\n+b\n+c\n+d',
    });
  });
});

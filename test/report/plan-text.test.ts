import { describe, expect, it } from 'vitest';
import type { Plan, Step } from '../../src/plan/types.js';
import { planJson } from '../../src/report/plan-json.js';
import { planText } from '../../src/report/plan-text.js';

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

describe('what a plan does to a running pair', () => {
  const hurts = (own: Step, impact: NonNullable<Step['impact']>): Step => ({ ...own, impact });
  const running: Plan = {
    ...PLAN,
    destructions: [],
    effect: { impact: 'interruption', interruptionSeconds: 6 },
    steps: [
      hurts(step('hastb', 'Withdraw', '- b'), { kind: 'nothing', detail: 'no fail-over' }),
      hurts(step('hasta', 'Replace', '- a'), { kind: 'interruption', seconds: 5, detail: 'it is away' }),
      step('hastb', 'Write something', '+ c'),
      hurts(step('hastb', 'Reload', '+ r'), { kind: 'reconnect', detail: 'disk0' }),
    ],
  };
  const text = (plan: Plan) => planText(plan, { color: false, diffLines: 1 });

  it('stands with each step, in its order, and as one line at the end', () => {
    expect(text(running)).toContain('  Withdraw\n    no fail-over\n    - b\n');
    expect(text(running)).toContain('  Replace\n    interruption of about 5 s: it is away\n');
    expect(text(running)).toContain('  Reload\n    reconnect: disk0\n');
    expect(text(running)).toContain(
      'What the running pair notices, in this order\n  hastb: Withdraw\n  hasta: Replace\n  hastb: Reload\n',
    );
    expect(text(running)).toMatch(/primary\.\nThe storage is away for about 6 s\.$/);
  });

  it.each([
    ['nothing', 'The storage stays available.'],
    ['reconnect', 'The storage stays available. Replication is away for some seconds.'],
  ] as const)('%s: the storage stays available', (impact, line) => {
    const made = text({ ...running, effect: { impact, interruptionSeconds: 0 } });
    expect(made.split('\n').at(-1)).toBe(line);
  });

  it('is not said of a pair that is only being set up', () => {
    const { effect: _, ...fresh } = running;
    expect(text(fresh)).not.toMatch(/stays available|is away for|running pair/);
    expect(planJson(fresh)).toMatchObject({ interruptionSeconds: null });
  });

  it('is in the JSON of each step and of the whole', () => {
    const json = planJson(running) as { steps: object[] };
    expect(json).toMatchObject({ interruptionSeconds: 6 });
    expect(json.steps[1]).toMatchObject({
      impact: 'interruption',
      impactDetail: 'it is away',
      interruptionSeconds: 5,
    });
    expect(json.steps[2]).toMatchObject({ impact: 'nothing' });
  });

  it('names what is refused, and why', () => {
    const refusals = [{ id: 'provider-of-primary', message: 'disk0 is primary on hasta' }];
    expect(text({ ...running, refusals })).toContain('REFUSED disk0 is primary on hasta');
    expect(planJson({ ...running, refusals })).toMatchObject({ refusals });
  });
});

import { describe, expect, it } from 'vitest';
import type { ProviderUse } from '../../src/facts/types.js';
import { plan } from '../../src/plan/plan.js';
import { freshFacts, hastResource, pairSpec, provider } from './fixtures.js';

function planOver(uses: readonly ProviderUse[], exclusive = 0) {
  const used = provider('/dev/vtbd1', { uses, open: { read: 1, write: 1, exclusive } });
  const hastb = freshFacts('hastb', { providers: { '/dev/vtbd1': used } });
  const facts = { hasta: freshFacts('hasta'), hastb };
  return plan({ spec: pairSpec(), facts, files: [], destroy: [], ignoredChecks: [] });
}

const ufs: ProviderUse = { kind: 'filesystem', detail: 'ufs file system' };

describe('a provider that holds something', () => {
  it('is a loss to consent to while nobody has it open', () => {
    const { problems, destructions } = planOver([ufs]);
    expect(problems).toEqual([]);
    expect(destructions).toMatchObject([{ node: 'hastb', what: '/dev/vtbd1', loses: ['ufs file system'] }]);
  });

  it.each<[string, ProviderUse, number]>([
    ['mounted', { kind: 'mounted', detail: 'ufs mounted on /data (/dev/vtbd1)' }, 1],
    ['swapped on', { kind: 'swap', detail: 'swap space in use (/dev/vtbd1)' }, 1],
    ['in an imported pool', { kind: 'zpool', detail: 'member of pool tank (/dev/vtbd1)' }, 1],
  ])('is %s: no consent is offered, and the message says by whom', (_, use, exclusive) => {
    const { problems, destructions } = planOver([use], exclusive);
    expect(problems).toMatchObject([{ id: 'provider-in-use', node: 'hastb' }]);
    expect(problems[0]?.message).toBe(`/dev/vtbd1 on hastb is in use: ${use.detail}`);
    expect(destructions).toEqual([]);
  });
});

describe('metadata that is gone from under a running resource', () => {
  const planAt = (role: 'primary' | 'secondary') => {
    const hast = { running: true, resources: { disk0: hastResource('disk0', { role }) }, metadata: {} };
    const facts = { hasta: freshFacts('hasta'), hastb: freshFacts('hastb', { hast }) };
    return plan({ spec: pairSpec(), facts, files: [], destroy: [], ignoredChecks: [] });
  };

  it.each(['primary', 'secondary'] as const)('of a %s: never made anew under it', (role) => {
    const lost = planAt(role).problems.filter(({ id }) => id === 'metadata-lost');
    expect(lost).toMatchObject([
      { node: 'hastb', message: expect.stringContaining(`disk0 is ${role} on hastb`) },
    ]);
    expect(lost[0]?.remedy).toContain('hastconf replace --provider hastb:disk0');
  });
});

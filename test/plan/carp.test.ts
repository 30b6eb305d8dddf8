import { expect, it } from 'vitest';
import { hintsFor } from '../../src/plan/hints.js';
import { plan } from '../../src/plan/plan.js';
import { render } from '../../src/render/render.js';
import { Secret } from '../../src/spec/secret.js';
import { freshFacts, pairSpec } from './fixtures.js';

it('a new CARP password is set at the skew that the agent has chosen, not at the one for the next boot', () => {
  const spec = pairSpec();
  const live = (node: 'hasta' | 'hastb', advskew: number) => {
    const facts = freshFacts(node);
    const interfaces = facts.interfaces.map((own) =>
      own.name === 'vtnet1'
        ? { ...own, carp: [{ vhid: 1, state: 'MASTER' as const, advbase: 1, advskew }] }
        : own,
    );
    return { ...facts, interfaces };
  };
  const facts = { hasta: live('hasta', 0), hastb: live('hastb', 20) };
  const files = render(spec, { carpPassword: new Secret('new_one') }, hintsFor(spec, facts));
  const { steps } = plan({ spec, facts, files, destroy: [], ignoredChecks: [] });
  const scriptOf = (id: string) => {
    const action = steps.find((step) => step.id === id)?.action;
    return action?.kind === 'script' ? action.script : '';
  };
  expect(scriptOf('hasta/carp/1@vtnet1')).toMatch(
    /^ifconfig vtnet1 inet vhid 1 advbase 1 advskew 0 pass new_one /m,
  );
  expect(scriptOf('hastb/carp/1@vtnet1')).toContain(' advskew 20 pass ');
});

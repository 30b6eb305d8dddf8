import { describe, expect, it } from 'vitest';
import { hintsFor } from '../../src/plan/hints.js';
import { plan } from '../../src/plan/plan.js';
import { render } from '../../src/render/render.js';
import { Secret } from '../../src/spec/secret.js';
import { freshFacts, hastResource, metadata, pairSpec } from './fixtures.js';

/** A hast.conf by hand, as the node has it. */
const byHand = (toHasta: string, toHastb: string) => ({
  content: `resource disk0 {
	on hasta {
		local /dev/vtbd1
		remote ${toHastb}
	}
	on hastb {
		local /dev/vtbd1
		remote ${toHasta}
	}
}
`,
  owner: 'root',
  group: 'wheel',
  mode: 0o644,
});

/** A pair that runs, with these addresses in both nodes' hast.conf. */
function planWith(toHasta: string, toHastb: string) {
  const node = (name: 'hasta' | 'hastb', role: 'primary' | 'secondary') =>
    freshFacts(name, {
      files: { '/etc/hast.conf': byHand(toHasta, toHastb) },
      hast: {
        running: true,
        resources: { disk0: hastResource('disk0', { role, status: 'complete' }) },
        metadata: { disk0: metadata('disk0', { resuid: '7' }) },
        configExit: 65,
      },
    });
  const facts = { hasta: node('hasta', 'primary'), hastb: node('hastb', 'secondary') };
  const spec = pairSpec();
  const files = render(spec, { carpPassword: new Secret('geheim') }, hintsFor(spec, facts));
  const made = plan({
    spec,
    facts,
    files,
    destroy: ['hasta:/etc/hast.conf', 'hastb:/etc/hast.conf'],
    ignoredChecks: [],
  });
  const wanted = files.find(({ path }) => path === '/etc/hast.conf');
  return {
    ...made,
    ids: made.steps.map(({ id }) => id),
    content: wanted?.kind === 'whole' ? wanted.content : '',
  };
}

describe('addresses of replication in the hast.conf of a pair that runs', () => {
  it.each([
    ['10.77.0.1', '10.77.0.2'],
    ['tcp4://10.77.0.1', 'tcp4://10.77.0.2:8457'],
  ])('stay as they are written when they stay the same: %s', (toHasta, toHastb) => {
    const { content, ids } = planWith(toHasta, toHastb);
    expect(content).toContain(`\t\tremote ${toHastb}\n\t}`);
    expect(content).not.toContain('\t\tsource');
    expect(ids.filter((id) => id.includes('disconnect'))).toEqual([]);
  });

  it('that change: the standby lets go before the primary reads them, and comes back after', () => {
    const { ids, steps } = planWith('10.99.0.1', '10.99.0.2');
    const order = [
      'hastb/release/disconnect/disk0',
      'hastb/hastd/reload',
      'hasta/hastd/reload',
      'hastb/secondary/disk0',
      'hasta/connect/disk0',
    ];
    expect(ids.filter((id) => order.includes(id))).toEqual(order);
    const reload = steps.find(({ id }) => id === 'hasta/hastd/reload');
    const script = reload?.action.kind === 'script' ? reload.action.script : '';
    expect(script).toContain('until_true 30 is_alone disk0 || refuse');
    expect(script.indexOf('is_alone disk0')).toBeLessThan(script.indexOf('service hastd reload'));
  });
});

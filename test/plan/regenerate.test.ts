import { describe, expect, it } from 'vitest';
import type { AgentFacts, HastMetadataFacts, NodeFacts } from '../../src/facts/types.js';
import { hintsFor } from '../../src/plan/hints.js';
import { plan } from '../../src/plan/plan.js';
import { mayAssignRoles } from '../../src/plan/primary.js';
import { render } from '../../src/render/render.js';
import { placeholderChap } from '../../src/spec/chap-secrets.js';
import { AGENT_CONF } from '../../src/spec/paths.js';
import { Secret } from '../../src/spec/secret.js';
import { freshFacts, hastResource, metadata, PAIR_YAML, pairSpec, provider } from './fixtures.js';

const WITH_DISK1 = `${PAIR_YAML.replace('storage:', '  disk1: { local: /dev/vtbd2 }\nstorage:')}  - { type: raw, resource: disk1 }\n`;
const agent = (more: Partial<AgentFacts> = {}): AgentFacts => ({
  version: '1',
  node: 'x',
  state: 'serving',
  fresh: 'fresh',
  epoch: 1,
  ...more,
});

function agentConf(...resources: readonly string[]): NodeFacts['files'] {
  const content = resources.map((name) => `declare_resource '${name}'\n`).join('');
  return { [AGENT_CONF]: { content, owner: 'root', group: 'wheel', mode: 0o600 } };
}

/** A pair whose agents look after disk0: primary on hasta. */
function running(more: Partial<NodeFacts> = {}) {
  const hast = (role: 'primary' | 'secondary') => ({
    running: true,
    configExit: 65,
    resources: { disk0: hastResource('disk0', { role, status: 'complete' }) },
    metadata: { disk0: metadata('disk0', { resuid: '42', prevrole: role }) },
  });
  const providers = { '/dev/vtbd1': provider('/dev/vtbd1'), '/dev/vtbd2': provider('/dev/vtbd2') };
  const common = { providers, agent: agent(), files: agentConf('disk0'), ...more };
  return {
    hasta: freshFacts('hasta', { hast: hast('primary'), ...common }),
    hastb: freshFacts('hastb', { hast: hast('secondary'), ...common }),
  };
}

function stepsFor(yaml: string, facts = running()) {
  const spec = pairSpec(yaml);
  const files = render(
    spec,
    { carpPassword: new Secret('pw'), chap: placeholderChap(spec, 'ASecretOfTests') },
    hintsFor(spec, facts),
  );
  return plan({ spec, facts, files, destroy: [], ignoredChecks: [] }).steps;
}

describe('a resource that is added to a running pair', () => {
  it('is known to the agents only when it has its roles', () => {
    const order = stepsFor(WITH_DISK1).map(({ id }) => id);
    for (const node of ['hasta', 'hastb']) {
      const told = order.indexOf(`${node}/agent${AGENT_CONF}`);
      expect(told).toBeGreaterThan(order.indexOf('hasta/connect/disk1'));
      expect(order.indexOf('hasta/connect/disk1')).toBeGreaterThan(-1);
    }
    expect(order.indexOf('hasta/agent/serving')).toBeGreaterThan(order.indexOf(`hasta/agent${AGENT_CONF}`));
  });

  it('gets its roles also when an apply was cut off after its metadata', () => {
    const facts = running();
    for (const node of Object.values(facts)) {
      node.hast = { ...node.hast, metadata: { ...node.hast.metadata, disk1: metadata('disk1') } };
    }
    const order = stepsFor(WITH_DISK1, facts).map(({ id }) => id);
    expect(order).toEqual(expect.arrayContaining(['hastb/secondary/disk1', 'hasta/primary/disk1']));
  });
});

it('of a resource that goes the agents hear before hastd does', () => {
  const order = stepsFor(PAIR_YAML, running({ files: agentConf('disk0', 'disk1') })).map(({ id }) => id);
  expect(order.indexOf(`hasta/files${AGENT_CONF}`)).toBeGreaterThan(-1);
  expect(order.indexOf(`hasta/files${AGENT_CONF}`)).toBeLessThan(order.indexOf('hasta/files/etc/hast.conf'));
});

describe('roles of a resource', () => {
  const returned = (more: Partial<NodeFacts>, counters: Partial<HastMetadataFacts> = {}) => {
    const facts = running(more);
    facts.hastb.hast = {
      ...facts.hastb.hast,
      resources: { disk0: hastResource('disk0') },
      metadata: { disk0: metadata('disk0', { resuid: '42', ...counters }) },
    };
    return facts;
  };

  // Both may have promoted while they were apart; made secondary, hastb's copy would be overwritten.
  it('are the agents’ business once they have counted an epoch, also under a living primary', () => {
    expect(mayAssignRoles('disk0', returned({}))).toBe(false);
  });

  it('are the agents’ business when they cannot be asked', () => {
    const facts = returned({ agentError: 'no answer in time' });
    for (const node of Object.values(facts)) delete node.agent;
    expect(mayAssignRoles('disk0', facts)).toBe(false);
  });

  it('are given where no agent has taken charge yet', () => {
    expect(mayAssignRoles('disk0', returned({ agent: agent({ epoch: 0 }) }))).toBe(true);
    expect(mayAssignRoles('disk1', returned({}))).toBe(true);
  });
});

it('nothing is applied to a pair in split-brain', () => {
  const facts = running();
  facts.hastb.agent = agent({ state: 'split-brain' });
  const { problems } = plan({ spec: pairSpec(), facts, files: [], destroy: [], ignoredChecks: [] });
  expect(problems.map(({ id }) => id)).toContain('split-brain');
});

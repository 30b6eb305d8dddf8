import { describe, expect, it } from 'vitest';
import { failedChecks } from '../../src/cluster/check.js';
import { decideSwitchover } from '../../src/cluster/switchover.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { nodeFacts, pairSpec, vtnet1 } from '../report/pair.js';

const spec = pairSpec();
const agent = (node: string, over: Record<string, unknown> = {}) => ({
  ...{ version: '1', node, state: node === 'hasta' ? 'serving' : 'standby', fresh: 'fresh', epoch: 4 },
  ...{ agreedEpoch: 4, reason: '', alarms: [], maintenanceUntil: null },
  ...over,
});
const facts = (a: Partial<NodeFacts> = {}, b: Partial<NodeFacts> = {}) => ({
  hasta: nodeFacts('hasta', { agent: agent('hasta'), ...a }),
  hastb: nodeFacts('hastb', { agent: agent('hastb'), ...b }),
});
const failed = (found: ReturnType<typeof facts>, to?: string) =>
  failedChecks(decideSwitchover(spec, found, to).checks).map(({ id }) => id);

describe('a planned move', () => {
  it('goes from the node that serves to the other one', () => {
    expect(decideSwitchover(spec, facts())).toMatchObject({ from: 'hasta', to: 'hastb', nothingToDo: false });
    expect(failed(facts())).toEqual([]);
  });

  it('to the node that serves is nothing to do', () => {
    expect(decideSwitchover(spec, facts(), 'hasta')).toMatchObject({ nothingToDo: true, checks: [] });
  });

  it.each<[string, Partial<NodeFacts>, string[]]>([
    [
      'under maintenance',
      { agent: agent('hastb', { state: 'maintenance', maintenanceUntil: 9e9 }) },
      ['no-maintenance'],
    ],
    ['down', { agent: agent('hastb', { state: 'down', reason: 'no-roles' }) }, ['target-standby']],
    ['with a stale copy', { agent: agent('hastb', { fresh: 'stale' }) }, ['target-fresh']],
    ['with a failing disk', { agent: agent('hastb', { alarms: ['local-errors'] }) }, ['target-disk']],
    ['behind', { agent: agent('hastb', { epoch: 3 }) }, ['copies-equal']],
    ['without carrier', { interfaces: [vtnet1('INIT', 20)] }, ['target-address']],
    ['without an address', { interfaces: [] }, ['target-address']],
  ])('is not made to a node %s', (_, over, ids) => {
    expect(failed(facts({}, over))).toEqual(ids);
  });

  it('is not made to a node that has served NFS version 4 since it booted', () => {
    const again = facts({}, { agent: agent('hastb', { alarms: ['reboot-needed'] }) });
    const nfs = { type: 'nfs', exports: ['/hast/disk0'] } as const;
    const ids = (services: typeof spec.services) =>
      failedChecks(decideSwitchover({ ...spec, services }, again).checks).map(({ id }) => id);
    expect(ids([{ ...nfs, version: 4 }])).toEqual(['target-rebooted']);
    expect(ids([nfs])).toEqual([]);
  });

  it('is not made without an agent on either side', () => {
    const { agent: _, ...without } = nodeFacts('hastb');
    expect(failed({ ...facts(), hastb: without })).toEqual(['agent-answers', 'copies-equal']);
  });

  it('is not made when none serves, or both do', () => {
    expect(failed(facts({ agent: agent('hasta', { state: 'standby' }) }))).toEqual(['one-serves']);
    expect(failed(facts({}, { agent: agent('hastb', { state: 'serving' }) }))).toEqual(['one-serves']);
  });

  it('is not made while the primary is alone', () => {
    const lone = nodeFacts('hasta').hast;
    const resources = Object.fromEntries(
      Object.entries(lone.resources).map(([name, own]) => [name, { ...own, status: 'degraded' as const }]),
    );
    expect(failed(facts({ hast: { ...lone, resources } }))).toEqual(['replicated']);
  });

  it('wants a witness that answers the target, where there are any', () => {
    const witnessed = { ...spec, agent: { ...spec.agent, witness: ['192.0.2.1', '192.0.2.2'] } };
    const ids = (ping: Record<string, boolean>) =>
      failedChecks(decideSwitchover(witnessed, facts({}, { ping })).checks).map(({ id }) => id);
    expect(ids({})).toEqual(['target-witness']);
    expect(ids({ '192.0.2.1': false, '192.0.2.2': true })).toEqual([]);
  });
});

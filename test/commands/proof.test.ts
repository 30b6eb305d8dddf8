import { describe, expect, it } from 'vitest';
import type { Planned } from '../../src/commands/planning.js';
import { letSettle, problemsOf } from '../../src/commands/proof.js';
import { ExitCode } from '../../src/errors.js';
import type { NodeFacts } from '../../src/facts/types.js';
import type { Step } from '../../src/plan/types.js';
import { hast, nodeFacts, pairSpec, vtnet1 } from '../report/pair.js';
import { resource } from '../sync/samples.js';

const spec = pairSpec();

/** A look at a pair that is well but for what is given. */
function look(
  more: { hasta?: Partial<NodeFacts>; hastb?: Partial<NodeFacts>; steps?: Step[] } = {},
): Planned {
  const plan = { steps: more.steps ?? [], problems: [], destructions: [], notes: [], primary: 'hasta' };
  const facts = { hasta: nodeFacts('hasta', more.hasta), hastb: nodeFacts('hastb', more.hastb) };
  return { plan, facts, files: [] };
}

const step = (more: Partial<Step>): Step => ({
  id: 'hastb/agent/x',
  node: 'hastb',
  phase: 'agent',
  title: 'Let it be',
  risk: 'none',
  action: { kind: 'script', script: '' },
  ...more,
});
const electing = look({ hasta: { interfaces: [vtnet1('BACKUP', 0)] } });
const copying = look({
  hasta: { hast: hast([resource('disk0', 'primary', 'complete', 4096)]) },
  hastb: { agent: { ...nodeFacts('hastb').agent!, fresh: 'stale' } },
});

/** Looks in turn, the last one for ever; tells what was done. */
async function settle(first: Planned, ...later: readonly Planned[]) {
  const done: string[] = [];
  const abort = new AbortController();
  const queue = [...later];
  const ended = letSettle(spec, first, {
    signal: abort.signal,
    look: async () => {
      done.push('look');
      return queue.shift() ?? first;
    },
    synchronise: async () => void done.push('synchronise'),
  });
  return { ended, done, abort };
}

describe('after the last step', () => {
  it('a pair that is well is not looked at again', async () => {
    const { ended, done } = await settle(look());
    expect(problemsOf(spec, await ended)).toEqual([]);
    expect(done).toEqual([]);
  });

  it('an election and an agent that has not yet spoken are waited for', async () => {
    const waiting = look({ steps: [step({})] });
    const { ended, done } = await settle(electing, waiting, look());
    expect(problemsOf(spec, await ended)).toEqual([]);
    expect(done).toEqual(['look', 'look']);
  });

  it('a synchronisation under way is waited for as such', async () => {
    const { ended, done } = await settle(copying, look());
    expect(problemsOf(spec, await ended)).toEqual([]);
    expect(done).toEqual(['synchronise', 'look']);
  });

  it('what does not mend itself is told at once, also beside what does', async () => {
    const broken = look({ hasta: electing.facts.hasta!, hastb: { hast: hast([], false) } });
    const { ended, done } = await settle(broken);
    expect(problemsOf(spec, await ended).map(({ id }) => id)).toContain('hastd-stopped');
    expect(done).toEqual([]);
    const left = await settle(look({ steps: [step({ diff: '+ something' })] }));
    expect(problemsOf(spec, await left.ended)).toEqual([
      { id: 'step-left', node: 'hastb', message: 'still to do on hastb: Let it be' },
    ]);
  });

  it('Ctrl-C ends the patience', async () => {
    const { ended, abort } = await settle(electing);
    abort.abort();
    await expect(ended).rejects.toMatchObject({ exit: ExitCode.Interrupted });
  });
});

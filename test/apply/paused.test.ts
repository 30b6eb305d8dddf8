import { expect, it } from 'vitest';
import { PausedAgents } from '../../src/apply/paused.js';
import type { Phase, Step } from '../../src/plan/types.js';
import type { Target } from '../../src/remote/target.js';
import { captured } from '../commands/io.js';

const step = (node: string, phase: Phase, id = `${node}/${phase}/x`): Step => ({
  id,
  node,
  phase,
  title: id,
  risk: 'none',
  action: { kind: 'script', script: '' },
});

/** Two nodes that write down what they are told, and answer so. */
function nodes(code = 0) {
  const told: string[] = [];
  const of = (node: string) => ({
    node,
    script: async (text: string) => {
      told.push(`${node}: ${/carp-hast-switch (.*?) \|\|/.exec(text)?.[1]}`);
      return { code, signal: null, stdout: '', stderr: '' };
    },
  });
  const targets = new Map(['a', 'b'].map((node) => [node, of(node) as unknown as Target]));
  return { told, targets };
}

async function after(code = 0, resumed: readonly string[] = []) {
  const { told, targets } = nodes(code);
  const { context, stderr } = captured();
  const paused = new PausedAgents();
  for (const node of ['a', 'b']) paused.seen(step(node, 'pause'), 'start');
  for (const node of resumed) paused.seen(step(node, 'agent', `${node}/agent/resume`), 'done');
  paused.seen(step('a', 'carp'), 'failed');
  await paused.settle(targets, context.io);
  return { told, said: stderr() };
}

it('agents act again when a run fails that has told them to keep still', async () => {
  expect(await after()).toEqual({ told: ['a: maintenance off', 'b: maintenance off'], said: '' });
});

it('are not told to act again when they do already', async () => {
  expect((await after(0, ['a'])).told).toEqual(['b: maintenance off']);
});

it('that cannot be told are named, with the time', async () => {
  const { said } = await after(1, ['b']);
  expect(said).toMatch(/^the agent on a may keep still for up to 120 s: there is no fail-over/);
});

it('a run that never paused says nothing', async () => {
  const { told, targets } = nodes();
  const { context, stderr } = captured();
  const paused = new PausedAgents();
  paused.seen(step('a', 'files'), 'failed');
  await paused.settle(targets, context.io);
  expect([told, stderr()]).toEqual([[], '']);
});

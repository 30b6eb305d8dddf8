import { expect, it } from 'vitest';
import { HalfDone } from '../../src/apply/half-done.js';
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
  const begun = new HalfDone();
  for (const node of ['a', 'b']) begun.seen(step(node, 'pause'), 'start');
  for (const node of resumed) begun.seen(step(node, 'agent', `${node}/agent/resume`), 'done');
  begun.seen(step('a', 'carp'), 'failed');
  await begun.settle(targets, context.io);
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
  expect(said).toMatch(
    /^the agent on a may stay paused: there is no fail-over to or from it until it acts again by itself, in at most 120 s$/m,
  );
});

it('a run that never paused says nothing', async () => {
  const { told, targets } = nodes();
  const { context, stderr } = captured();
  const begun = new HalfDone();
  begun.seen(step('a', 'files'), 'failed');
  await begun.settle(targets, context.io);
  expect([told, stderr()]).toEqual([[], '']);
});

it('a standby that was left without its address is named, with the way out', async () => {
  const { targets } = nodes();
  const { context, stderr } = captured();
  const begun = new HalfDone();
  const byHand = 'ifconfig vtnet1 $(sysrc -n ifconfig_vtnet1_alias0)';
  begun.seen({ ...step('b', 'withdraw'), byHand }, 'start');
  begun.seen({ ...step('b', 'withdraw'), byHand }, 'done');
  await begun.settle(targets, context.io);
  expect(stderr()).toMatch(
    /^b is without its CARP address and cannot take over: hastconf apply gives it back/,
  );
});

it('and is not once it has it again', async () => {
  const { targets } = nodes();
  const { context, stderr } = captured();
  const begun = new HalfDone();
  for (const phase of ['withdraw', 'rejoin'] as const)
    for (const state of ['start', 'done'] as const) begun.seen(step('b', phase), state);
  await begun.settle(targets, context.io);
  expect(stderr()).toBe('');
});

import { stripVTControlCharacters } from 'node:util';
import { expect, it, vi } from 'vitest';
import { type ProgressMode, runSteps } from '../../src/apply/tasks.js';
import type { Step } from '../../src/plan/types.js';
import type { ExecResult, Target } from '../../src/remote/target.js';
import { captured } from '../commands/io.js';

// listr2 decides about colours when it is loaded: here it may have them.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '1';
  delete process.env.NO_COLOR;
});

const STEPS = ['hasta', 'hastb'].map(
  (node): Step => ({
    id: `${node}/modules/kldload`,
    node,
    phase: 'modules',
    title: 'Load carp',
    risk: 'none',
    action: { kind: 'script', script: 'kldload carp' },
  }),
);

async function shown(mode: ProgressMode, result: ExecResult, env: Record<string, string> = {}) {
  const { context, stdout, stderr } = captured({}, { terminal: mode === 'terminal' });
  const target = (node: string) => ({ node, script: async () => result }) as unknown as Target;
  const targets = new Map(['hasta', 'hastb'].map((node) => [node, target(node)]));
  const real = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const io = { ...context.io, env };
  const ended = await runSteps(STEPS, { targets, runId: 'r', secrets: [] }, io, mode, {}).then(
    () => 'done',
    (error: Error) => error.message,
  );
  const elsewhere = real.mock.calls.length;
  real.mockRestore();
  const coloured = /\x1b\[[0-9;]*m/.test(stderr());
  return {
    ended,
    coloured,
    stdout: stdout() + '!'.repeat(elsewhere),
    stderr: stripVTControlCharacters(stderr()),
  };
}

const GOOD: ExecResult = { code: 0, signal: null, stdout: '', stderr: '' };
const BAD: ExecResult = { code: 1, signal: null, stdout: '', stderr: "kldload: can't load carp" };

it.each(['terminal', 'plain'] as const)('draws progress on stderr alone: %s', async (mode) => {
  const { ended, stdout, stderr } = await shown(mode, GOOD);
  expect(ended).toBe('done');
  expect(stdout).toBe('');
  expect(stderr).toContain('Load modules');
});

it.each(['terminal', 'plain'] as const)('a step that fails ends the work: %s', async (mode) => {
  const { ended, stdout } = await shown(mode, BAD);
  expect(ended).toContain('Load carp');
  expect(stdout).toBe('');
});

it('has no colours with NO_COLOR or --no-color, whatever the process says of itself', async () => {
  expect((await shown('terminal', GOOD)).coloured).toBe(true);
  for (const result of [GOOD, BAD])
    expect((await shown('terminal', result, { NO_COLOR: '1' })).coloured).toBe(false);
});

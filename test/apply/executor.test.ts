import { describe, expect, it } from 'vitest';
import { interrupted, runLane, schedule, settleLanes } from '../../src/apply/executor.js';
import { ExitCode, HastconfError } from '../../src/errors.js';
import type { Phase, Step } from '../../src/plan/types.js';
import type { ExecResult, Target } from '../../src/remote/target.js';

const step = (node: string, phase: Phase, name: string): Step => ({
  id: `${node}/${phase}/${name}`,
  node,
  phase,
  title: `Do ${name}`,
  risk: 'none',
  action: { kind: 'script', script: name },
});

/** Answers every script; `bad` fails. */
function target(heard: string[], onScript: () => void = () => undefined): Target {
  const answer = async (script: string): Promise<ExecResult> => {
    const name = /^(good|bad)\d*$/m.exec(script)?.[0] ?? '';
    heard.push(name);
    onScript();
    return { code: name === 'bad' ? 1 : 0, signal: null, stdout: '', stderr: '' };
  };
  return { node: 'a', script: answer } as unknown as Target;
}

describe('schedule', () => {
  it('takes the phases in their order, the nodes of a phase side by side, and each node’s steps in sequence', () => {
    const steps = [
      step('a', 'primary', 'p'),
      step('b', 'secondary', 's'),
      step('a', 'files', '1'),
      step('b', 'files', '2'),
      step('a', 'files', '3'),
    ];
    const work = schedule(steps).map(({ phase, lanes }) => [
      phase,
      lanes.map(({ node, steps: own }) => [node, ...own.map(({ id }) => id)]),
    ]);
    expect(work).toEqual([
      [
        'files',
        [
          ['a', 'a/files/1', 'a/files/3'],
          ['b', 'b/files/2'],
        ],
      ],
      ['secondary', [['b', 'b/secondary/s']]],
      ['primary', [['a', 'a/primary/p']]],
    ]);
  });
});

describe('a lane', () => {
  const lane = (...names: string[]) => ({ node: 'a', steps: names.map((name) => step('a', 'files', name)) });
  const runner = (own: Target) => ({ targets: new Map([['a', own]]), runId: 'r', secrets: [] });

  it('ends with the first step that fails, and tells of each', async () => {
    const heard: string[] = [];
    const seen: string[] = [];
    const events = { onStep: ({ title }: Step, state: string) => void seen.push(`${title} ${state}`) };
    const ended = runLane(
      lane('good', 'bad', 'good2'),
      runner(target(heard)),
      new AbortController().signal,
      events,
    );
    await expect(ended).rejects.toMatchObject({ exit: ExitCode.StepFailed, node: 'a' });
    expect(heard).toEqual(['good', 'bad']);
    expect(seen).toEqual(['Do good start', 'Do good done', 'Do bad start', 'Do bad failed']);
  });

  it('finishes the step in hand when it is interrupted, and begins no other', async () => {
    const heard: string[] = [];
    const abort = new AbortController();
    const own = target(heard, () => abort.abort());
    await expect(runLane(lane('good', 'good2'), runner(own), abort.signal, {})).rejects.toMatchObject({
      exit: ExitCode.Interrupted,
    });
    expect(heard).toEqual(['good']);
  });
});

it('a change that was begun is not left half done when it is interrupted', async () => {
  const heard: string[] = [];
  const abort = new AbortController();
  const own = target(heard, () => abort.abort());
  const steps = [step('a', 'withdraw', 'good'), { ...step('a', 'withdraw', 'good2'), atomic: true }];
  const lane = { node: 'a', steps: [...steps, step('a', 'withdraw', 'good3')] };
  const ended = runLane(lane, { targets: new Map([['a', own]]), runId: 'r', secrets: [] }, abort.signal, {});
  await expect(ended).rejects.toMatchObject({ exit: ExitCode.Interrupted });
  expect(heard).toEqual(['good', 'good2']);
});

describe('lanes side by side', () => {
  const failure = new HastconfError(ExitCode.StepFailed, 'b: failed');

  it('all end before the failure of one is told', async () => {
    let ended = false;
    const slow = new Promise<void>((resolve) =>
      setTimeout(() => {
        ended = true;
        resolve();
      }, 20),
    );
    await expect(settleLanes([Promise.reject(failure), slow])).rejects.toBe(failure);
    expect(ended).toBe(true);
  });

  it('a failure says more than an interruption', async () => {
    await expect(settleLanes([Promise.reject(interrupted()), Promise.reject(failure)])).rejects.toBe(failure);
    await expect(settleLanes([Promise.reject(interrupted()), Promise.resolve()])).rejects.toMatchObject({
      exit: ExitCode.Interrupted,
    });
    await expect(settleLanes([Promise.resolve()])).resolves.toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { run, type StatusDeps } from '../../src/commands/status.js';
import { ExitCode, HastconfError } from '../../src/errors.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { nodeFacts, pairSpec } from '../report/pair.js';
import { FakeNode, looks } from '../sync/fake-node.js';
import { captured } from './io.js';

type Answer = NodeFacts | Error;

/** Answers each reading of a node with the next of its answers, the last again and again. */
function cluster(answers: Record<string, readonly Answer[]>) {
  const opened: FakeNode[] = [];
  const asked: Record<string, number> = {};
  const deps: StatusDeps = {
    loadSpec: async () => pairSpec(),
    connect: async ({ name }) => {
      const node = new FakeNode(name, looks(undefined));
      opened.push(node);
      return node;
    },
    gather: async ({ node }, request) => {
      expect(request.node).toBe(node);
      const n = asked[node] ?? 0;
      asked[node] = n + 1;
      const list = answers[node] ?? [];
      const answer = list[Math.min(n, list.length - 1)];
      if (answer === undefined || answer instanceof Error) throw answer ?? new Error('no answer');
      return answer;
    },
  };
  return { deps, opened, asked };
}

const a = nodeFacts('hasta');
const b = nodeFacts('hastb');
const gone = new HastconfError(ExitCode.Unreachable, 'cannot connect to hastb', { node: 'hastb' });
const once = { watch: false, acceptNewHostKeys: false };
const watching = { watch: true, interval: 0.01, acceptNewHostKeys: false };

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('hastconf status', () => {
  it('prints the report on stdout and closes both connections', async () => {
    const { deps, opened } = cluster({ hasta: [a], hastb: [b] });
    const io = captured();
    expect(await run(io.context, once, deps)).toBe(ExitCode.Done);
    expect(io.stdout()).toMatch(/^pair1: HEALTHY/);
    expect(io.stderr()).toBe('');
    expect(opened.map((node) => node.closed)).toEqual([true, true]);
  });

  it('prints one JSON document with --json', async () => {
    const io = captured({ json: true });
    await run(io.context, once, cluster({ hasta: [a], hastb: [b] }).deps);
    expect(JSON.parse(io.stdout())).toMatchObject({
      version: 1,
      verdict: 'healthy',
      time: '2026-11-20T12:00:00.000Z',
    });
  });

  it('exits 4 when a node cannot be reached, and reports the other', async () => {
    const io = captured();
    expect(await run(io.context, once, cluster({ hasta: [a], hastb: [gone] }).deps)).toBe(
      ExitCode.Unreachable,
    );
    expect(io.stdout()).toMatch(/^pair1: DEGRADED - cannot connect to hastb/);
    expect(io.stdout()).toContain('primary, complete');
  });

  it('does not hide a fault of its own', async () => {
    const { deps } = cluster({ hasta: [a], hastb: [new TypeError('oops')] });
    await expect(run(captured().context, once, deps)).rejects.toThrow('oops');
  });
});

describe('hastconf status --watch', () => {
  it('prints one JSON object a line until Ctrl-C, over the same connections', async () => {
    const { deps, opened, asked } = cluster({ hasta: [a], hastb: [b] });
    const io = captured({ json: true });
    const ended = run(io.context, watching, deps);
    await until(() => (asked.hasta ?? 0) >= 3);
    io.abort.abort();
    expect(await ended).toBe(ExitCode.Interrupted);
    const lines = io.stdout().trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ verdict: 'healthy' });
    expect(opened).toHaveLength(2);
    expect(opened.every((node) => node.closed)).toBe(true);
  });

  it('prints text only when it changed, and opens a lost connection anew', async () => {
    const { deps, opened, asked } = cluster({ hasta: [a], hastb: [b, b, gone, b] });
    const io = captured();
    const ended = run(io.context, watching, deps);
    await until(() => (asked.hastb ?? 0) >= 6);
    io.abort.abort();
    await ended;
    expect(io.stdout().match(/pair1: \w+/g)).toEqual(['pair1: HEALTHY', 'pair1: DEGRADED', 'pair1: HEALTHY']);
    expect(opened.map((node) => node.node).toSorted()).toEqual(['hasta', 'hastb', 'hastb']);
    expect(io.stdout()).not.toContain('\x1b');
  });

  it('redraws in place on a terminal', async () => {
    const { deps, asked } = cluster({ hasta: [a], hastb: [b] });
    const io = captured({}, { terminal: true });
    const ended = run(io.context, watching, deps);
    await until(() => (asked.hasta ?? 0) >= 3);
    io.abort.abort();
    await ended;
    expect(io.stdout()).toMatch(/^\x1b\[H2026-11-20T12:00:00.000Z.*Ctrl-C/);
    expect(io.stdout().split('\x1b[J').length).toBeGreaterThan(2);
  });
});

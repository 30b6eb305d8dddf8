import { describe, expect, it } from 'vitest';
import { run, type StatusDeps } from '../../src/commands/status.js';
import { ExitCode, HastconfError } from '../../src/errors.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { checkMetrics } from '../report/metrics-format.js';
import { hast, nodeFacts, pairSpec } from '../report/pair.js';
import { FakeNode, looks } from '../sync/fake-node.js';
import { resource } from '../sync/samples.js';
import { captured } from './io.js';

type Answer = NodeFacts | Error;

/** Answers each reading of a node with the next of its answers, the last again and again. */
function cluster(answers: Record<string, readonly Answer[]>) {
  const opened: FakeNode[] = [];
  const asked: Record<string, number> = {};
  let seen: Readonly<Record<string, string>> = { hastb: '2026-11-20T11:48:00.000Z' };
  const deps: StatusDeps = {
    loadSpec: async () => pairSpec(),
    lastSeen: () => ({
      read: async () => seen,
      write: async (now) => {
        seen = now;
      },
    }),
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
  return { deps, opened, asked, seen: () => seen };
}

const a = nodeFacts('hasta');
const b = nodeFacts('hastb');
const gone = new HastconfError(ExitCode.Unreachable, 'cannot connect to hastb', { node: 'hastb' });
const MB = 1024 * 1024;
const stopped = { exists: true, enabled: true, running: false };
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
    expect(io.stdout()).toMatch(/\npair1: HEALTHY - hasta serves, everything is copied\n$/);
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
    expect(io.stdout()).toMatch(/\npair1: DEGRADED - hasta serves; unreachable\n$/);
    expect(io.stdout()).toContain('primary, complete');
    expect(io.stdout()).toContain('no-answer  last seen 2026-11-20 11:48:00 UTC, 12 min 00 s ago');
  });

  it('exits 4 with an answer when both are away, and says since when', async () => {
    const io = captured();
    const both = cluster({ hasta: [gone], hastb: [gone] });
    expect(await run(io.context, once, both.deps)).toBe(ExitCode.Unreachable);
    expect(io.stdout()).toContain('hasta  no-answer  never seen by this machine');
    expect(io.stdout()).toContain('hastb  no-answer  last seen 2026-11-20 11:48:00 UTC');
    expect(io.stdout()).toMatch(/\npair1: DOWN - no node answers; unreachable\n$/);
    expect(both.seen()).toEqual({ hastb: '2026-11-20T11:48:00.000Z' });
  });

  it.each([
    ['a split-brain', nodeFacts('hastb', { agent: { ...b.agent!, state: 'split-brain' } })],
    ['a stopped agent', nodeFacts('hastb', { services: { carp_hast: stopped } })],
  ])('exits 3 in %s', async (_, facts) => {
    expect(await run(captured().context, once, cluster({ hasta: [a], hastb: [facts] }).deps)).toBe(
      ExitCode.Preflight,
    );
  });

  it('samples a second time for the rate while something is copied', async () => {
    const { deps } = cluster({
      hasta: [nodeFacts('hasta', { hast: hast([resource('disk0', 'primary', 'complete', 8 * MB)]) })],
      hastb: [nodeFacts('hastb', { agent: { ...b.agent!, fresh: 'stale' } })],
    });
    const list = (dirty: number) => `disk0:\n  role: primary\n  status: complete\n  dirty: ${dirty} (x)\n`;
    const connect = async ({ name }: { name: string }) => {
      const node = new FakeNode(name, looks(undefined));
      node.script = async () => ({
        code: 0,
        signal: null,
        stdout: `${list(8 * MB)}--\n${list(4 * MB)}`,
        stderr: '',
      });
      return node;
    };
    const io = captured({ json: true });
    expect(await run(io.context, once, { ...deps, connect })).toBe(ExitCode.Preflight);
    expect(JSON.parse(io.stdout()).resources[0]).toMatchObject({ rate: 2 * MB, secondsLeft: 4 });
  });

  it('prints metrics with --metrics', async () => {
    const io = captured();
    await run(io.context, { ...once, metrics: true }, cluster({ hasta: [a], hastb: [gone] }).deps);
    checkMetrics(io.stdout());
    expect(io.stdout()).toContain('hastconf_verdict{cluster="pair1",verdict="degraded"} 1\n');
    expect(io.stdout()).toContain('hastconf_reachable{cluster="pair1",node="hastb"} 0\n');
    expect(io.stdout()).toContain('hastconf_serving{cluster="pair1",node="hasta"} 1\n');
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
    expect(io.stdout()).toMatch(/^\x1b\[\?1049h\x1b\[\?25l\x1b\[Hpair1 at 2026-11-20 12:00:00 UTC.*Ctrl-C/);
    expect(io.stdout().split('\x1b[J').length).toBeGreaterThan(2);
    const end = io.stdout().split('\x1b[?1049l')[1];
    expect(end).toMatch(/^pair1 at [\s\S]*\npair1: HEALTHY - .*\n$/);
  });
});

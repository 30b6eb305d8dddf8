import { describe, expect, it } from 'vitest';
import { run, type WaitOptions } from '../../src/commands/wait.js';
import { ExitCode, HastconfError } from '../../src/errors.js';
import { FakeNode, looks } from '../sync/fake-node.js';
import { resource } from '../sync/samples.js';
import { pairSpec } from '../sync/spec.js';
import { captured } from './io.js';

const MB = 1024 * 1024;
const primary = (dirty: number) => [resource('disk0', 'primary', 'complete', dirty)];
const secondary = [resource('disk0', 'secondary', 'complete')];

function pair(a = looks(primary(4 * MB), primary(2 * MB), primary(0)), b = looks(secondary)) {
  return { hasta: new FakeNode('hasta', a), hastb: new FakeNode('hastb', b) };
}

function waitOn(
  nodes: ReturnType<typeof pair>,
  { context }: ReturnType<typeof captured>,
  options: Partial<WaitOptions> = {},
) {
  const close = async () => {
    await Promise.all([nodes.hasta.close(), nodes.hastb.close()]);
  };
  return run(context, { acceptNewHostKeys: false, ...options }, async () => ({
    spec: pairSpec(),
    targets: [nodes.hasta, nodes.hastb],
    close,
  }));
}

describe('hastconf wait', () => {
  it('is done when the pair is in sync: messages on stderr, nothing on stdout, connections closed', async () => {
    const nodes = pair();
    const io = captured();
    expect(await waitOn(nodes, io)).toBe(ExitCode.Done);
    expect(io.stdout()).toBe('');
    expect(io.stderr()).toMatch(/pair1: its resource is in sync \(waited [\d.]+ s\)\n$/);
    expect([nodes.hasta.closed, nodes.hastb.closed]).toEqual([true, true]);
  });

  it('prints JSON lines on stdout with --json and nothing else anywhere', async () => {
    const io = captured({ json: true });
    await waitOn(pair(), io);
    const lines = io
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.slice(0, -1).every((line) => line.event === 'sync' && line.resource === 'disk0')).toBe(true);
    expect(lines.at(-2)).toMatchObject({ state: 'in-sync', dirty: 0 });
    expect(lines.at(-1)).toEqual({
      event: 'result',
      result: 'in-sync',
      dirty: 0,
      seconds: expect.any(Number),
    });
    expect(io.stderr()).toBe('');
  });

  it('draws bars on a terminal', async () => {
    const io = captured({}, { terminal: true });
    await waitOn(pair(), io);
    expect(io.stderr()).toMatch(/disk0 +\[#+\] 100% in sync/);
  });

  it('exits 1 when it stalls', async () => {
    const io = captured({ json: true });
    const promise = waitOn(pair(looks(primary(MB))), io, { stallTimeout: 0.05 });
    await expect(promise).rejects.toMatchObject({ exit: ExitCode.StepFailed });
    expect(io.stdout()).toContain('{"event":"result","result":"stalled"');
  });

  it('exits 6 when the time is over', async () => {
    const promise = waitOn(pair(looks(primary(MB))), captured(), { timeout: 0.05 });
    await expect(promise).rejects.toMatchObject({ exit: ExitCode.Timeout });
  });

  it('exits 130 on Ctrl-C', async () => {
    const io = captured();
    const nodes = pair((n) => {
      if (n === 3) io.abort.abort();
      return primary(MB);
    });
    await expect(waitOn(nodes, io)).rejects.toMatchObject({ exit: ExitCode.Interrupted });
    expect([nodes.hasta.closed, nodes.hastb.closed]).toEqual([true, true]);
  });

  it('exits 4 when a node is lost, and closes both', async () => {
    const gone = new HastconfError(ExitCode.Unreachable, 'connection to hastb lost');
    const nodes = pair(looks(primary(MB)), looks(secondary, secondary, gone));
    await expect(waitOn(nodes, captured())).rejects.toBe(gone);
    expect([nodes.hasta.closed, nodes.hastb.closed]).toEqual([true, true]);
  });
});

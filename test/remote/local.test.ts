import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { connect } from '../../src/remote/connect.js';
import type { NodeSpec } from '../../src/spec/types.js';

const node: NodeSpec = { name: 'hasta', ssh: { local: true }, replication: '10.77.0.1', interface: 'vtnet1' };
const open = () => connect(node, { acceptNewHostKeys: false });
const asRoot = process.getuid?.() === 0;

describe.runIf(asRoot)('local target', () => {
  it('keeps code and outputs apart, and its script from its children', async () => {
    const target = await open();
    const result = await target.script('echo out; cat; echo err >&2; exit 7');
    expect(result).toEqual({ code: 7, signal: null, stdout: 'out\n', stderr: 'err\n' });
    expect(target.counters).toMatchObject({ connections: 0, channels: 1 });
  });

  it('quotes words once', async () => {
    const target = await open();
    expect((await target.exec(['printf', '%s|', "a'b", '$HOME'])).stdout).toBe("a'b|$HOME|");
  });

  it('says which signal ended a command', async () => {
    const target = await open();
    expect(await target.script('kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it.each(['stdout', 'stderr'])('gives up on a command that floods its %s', async (where) => {
    const target = await open();
    const flood = target.script(`yes ${'x'.repeat(1_000)} ${where === 'stderr' ? '>&2' : ''}`, {
      timeoutMs: 60_000,
    });
    await expect(flood).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      message: expect.stringContaining('hasta: an answer without end to: yes'),
    });
    expect((await target.exec(['echo', 'goes on'])).stdout).toBe('goes on\n');
  });

  it('kills children too when the time is up', async () => {
    const target = await open();
    const pids: string[] = [];
    const running = target.script('sleep 60 & echo $!; wait', {
      timeoutMs: 300,
      onStdout: (text) => pids.push(text.trim()),
    });
    await expect(running).rejects.toMatchObject({ exit: ExitCode.Timeout, node: 'hasta' });
    expect(pids[0]).toMatch(/^\d+$/);
    await expect.poll(() => isAlive(pids[0]), { timeout: 5000 }).toBe(false);
  });

  it('does not start what was aborted before, and ends what is aborted', async () => {
    const target = await open();
    await expect(target.script('true', { signal: AbortSignal.abort() })).rejects.toMatchObject({ exit: 130 });
    expect(target.counters.channels).toBe(0);
    const abort = new AbortController();
    const running = target.script('echo on; sleep 60', {
      signal: abort.signal,
      onStdout: () => abort.abort(),
    });
    await expect(running).rejects.toMatchObject({ exit: ExitCode.Interrupted });
  });

  it('is closed when closed', async () => {
    const target = await open();
    await target.close();
    await expect(target.exec(['true'])).rejects.toMatchObject({ exit: ExitCode.Unreachable });
  });
});

describe.runIf(!asRoot)('local target without root', () => {
  it('refuses with exit 3', async () => {
    const target = await open();
    await expect(target.exec(['true'])).rejects.toMatchObject({ exit: ExitCode.Preflight });
  });
});

/** A zombie that nobody reaps counts as gone. */
function isAlive(pid: string | undefined): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pid ?? '']);
  return /^[^Z]/.test(stdout.toString().trim());
}

import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runDown, runExec, runFault, runSftp, runStatus, runUp } from '../../src/commands/lab.js';
import type { CommandContext } from '../../src/io.js';
import { startTimeOf } from '../../src/lab/daemon-state.js';

let cwd: string;
const options = { dir: 'two' };
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'hastconf-lab-command-'));
});
afterAll(async () => {
  await runDown(session().context, { ...options, purge: false });
  await rm(cwd, { recursive: true, force: true });
});

function session(input: Buffer | string = '', json = false) {
  const stdin = new PassThrough();
  stdin.end(input);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const kept: { out: Buffer[]; err: Buffer[] } = { out: [], err: [] };
  stdout.on('data', (chunk: Buffer) => kept.out.push(chunk));
  stderr.on('data', (chunk: Buffer) => kept.err.push(chunk));
  const io = {
    stdin,
    stdout,
    stderr,
    env: {},
    cwd,
    now: () => new Date(),
    signal: new AbortController().signal,
  };
  const global = { file: 'cluster.yaml', yes: false, json, input: false, verbose: false, color: false };
  const context: CommandContext = { io, global };
  return {
    context,
    out: () => Buffer.concat(kept.out),
    err: () => Buffer.concat(kept.err).toString(),
  };
}

const stateOf = () =>
  JSON.parse(readFileSync(join(cwd, 'two/lab.json'), 'utf8')) as { pid: number; startTime: string };
const ended = ({ pid, startTime }: { pid: number; startTime: string }) => startTimeOf(pid) !== startTime;

describe('hastconf lab', () => {
  it('says how to start one when none runs', async () => {
    await expect(runStatus(session().context, options)).rejects.toMatchObject({
      exit: 2,
      remedy: 'Start one with: hastconf lab up --dir two',
    });
    const down = session();
    expect(await runDown(down.context, { ...options, purge: false })).toBe(0);
    expect(down.err()).toBe(`No lab runs in ${cwd}/two.\n`);
  });

  it('starts two nodes in the background, once', async () => {
    const first = session('', true);
    expect(await runUp(first.context, { ...options, accelerate: 20 })).toBe(0);
    const told = JSON.parse(first.out().toString());
    expect(told).toMatchObject({ dir: `${cwd}/two`, clusterFile: `${cwd}/two/cluster.yaml`, started: true });
    const again = session();
    expect(await runUp(again.context, options)).toBe(0);
    expect(again.err()).toMatch(/is running already/);
    expect(again.out().toString()).toBe(
      told.nodes
        .map(({ name, port }: { name: string; port: number }) => `${name}  127.0.0.1:${port}\n`)
        .join(''),
    );
    expect(stateOf().pid).toBe(told.pid);
  });

  it('relays a program byte for byte, with its exit code', async () => {
    const bytes = Buffer.alloc(
      2_000_000,
      Uint8Array.from({ length: 251 }, (_, index) => index),
    );
    const cat = session(bytes);
    expect(await runExec(cat.context, 'hasta', ['cat'], options)).toBe(0);
    expect(cat.out().equals(bytes)).toBe(true);
    const script = session('echo out; echo err >&2; exit 7\n');
    expect(await runExec(script.context, 'hastb', ['/bin/sh', '-s'], options)).toBe(7);
    expect([script.out().toString(), script.err()]).toEqual(['out\n', 'err\n']);
    expect(await runExec(session().context, 'hasta', ['sh', '-c', 'kill -TERM $$'], options)).toBe(143);
  });

  it('speaks a node’s SFTP on stdin and stdout', async () => {
    const version = Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]);
    const sftp = session(version);
    expect(await runSftp(sftp.context, 'hasta', options)).toBe(0);
    expect([...sftp.out().subarray(4, 9)]).toEqual([2, 0, 0, 0, 3]);
    expect(sftp.out().toString('latin1')).toContain('posix-rename@openssh.com');
  });

  it('tells wrong usage apart from a program that failed', async () => {
    await expect(runExec(session().context, 'nosuch', ['true'], options)).rejects.toMatchObject({ exit: 2 });
    await expect(runExec(session().context, 'hasta', [], options)).rejects.toMatchObject({ exit: 2 });
    await expect(runFault(session().context, 'nosuch', [], options)).rejects.toMatchObject({ exit: 2 });
  });

  it('breaks things and shows the state', async () => {
    const help = session();
    expect(await runFault(help.context, 'help', [], options)).toBe(0);
    expect(help.out().toString()).toMatch(/power-cut.*\n.*drop-ssh/);
    await runFault(session().context, 'power-cut', ['hastb'], options);
    const status = session('', true);
    expect(await runStatus(status.context, options)).toBe(0);
    const state = JSON.parse(status.out().toString());
    expect([state.nodes.hasta.power, state.nodes.hastb.power]).toEqual(['on', 'off']);
    await expect(runExec(session().context, 'hastb', ['true'], options)).rejects.toMatchObject({ exit: 4 });
    const text = session();
    await runStatus(text.context, options);
    expect(text.out().toString()).toMatch(/^hastb {2}127\.0\.0\.1:\d+ {2}power off$/m);
  });

  it('stops with every process, and recognises a lab that died', async () => {
    const state = stateOf();
    process.kill(state.pid, 'SIGKILL');
    await expect.poll(() => ended(state)).toBe(true);
    await expect(runStatus(session().context, options)).rejects.toMatchObject({ exit: 2 });
    expect(await readdir(join(cwd, 'two'))).not.toContain('lab.json');
    await runUp(session().context, { ...options, accelerate: 20 });
    const second = stateOf();
    await runDown(session().context, { ...options, purge: false });
    expect(ended(second)).toBe(true);
    expect(await readdir(join(cwd, 'two'))).toContain('cluster.yaml');
  });

  it('leaves files that are not its own when it cleans up', async () => {
    await writeFile(join(cwd, 'two/notes'), 'mine');
    await runDown(session().context, { ...options, purge: true });
    expect(await readdir(join(cwd, 'two'))).toEqual(['notes']);
  });
});

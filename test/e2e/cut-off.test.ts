import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { HastResource } from '../../src/lab/world/hast-resource.js';
import { END_STATE, endStateOf } from './end-state.js';
import { type Ended, jsonLines, NODES, type Pair, startPair } from './lab.js';

let pair: Pair;
afterEach(async () => {
  vi.restoreAllMocks();
  await pair.stop();
});

/** Starts a lab and keeps what hastd's hooks were told of synchronisations. */
async function watchedPair(): Promise<string[]> {
  const copied: string[] = [];
  const { hook } = HastResource.prototype;
  vi.spyOn(HastResource.prototype, 'hook').mockImplementation(function (this: HastResource, ...event) {
    if (event[0].startsWith('sync')) copied.push(event[0]);
    hook.apply(this, event);
  });
  pair = await startPair({ accelerate: 40 });
  return copied;
}

async function expectEndState(): Promise<void> {
  for (const node of NODES) expect(await endStateOf(pair, node)).toEqual(END_STATE[node]);
  expect((await pair.hastconf(['plan', '--detailed-exitcode'])).code).toBe(0);
}

const stepsDone = ({ stdout }: Ended) =>
  jsonLines(stdout)
    .filter(({ event, state }) => event === 'step' && state === 'done')
    .map(({ id }) => String(id));

/** Applies, and presses Ctrl-C as soon as a step is done: each node then ends the step in hand. */
const oneStep = () =>
  pair.hastconf(['apply', '-y', '--json'], {
    onLine: (line, abort) => {
      const { event, state } = JSON.parse(line) as Record<string, unknown>;
      if (event === 'step' && state === 'done') abort();
    },
  });

describe('an apply that is cut off', () => {
  it('after any step is completed by the next ones, and does no step twice', async () => {
    const copied = await watchedPair();
    const done: string[] = [];
    const planned = JSON.parse((await pair.hastconf(['plan', '--json'])).stdout) as {
      steps: { id: string; diff?: string }[];
    };
    let ended = await oneStep();
    for (; ended.code === 130; ended = await oneStep()) {
      const own = stepsDone(ended);
      expect(own.length).toBeGreaterThanOrEqual(1);
      expect(own.length).toBeLessThanOrEqual(2);
      done.push(...own);
      expect(ended.stderr).toMatch(
        /hastconf apply goes on where this one stopped|hastconf wait` picks it up again/,
      );
      for (const node of NODES) expect(await pair.on(node, 'ls -d /var/db/hastconf/lock || :')).toBe('');
    }
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
    done.push(...stepsDone(ended));
    // Steps that only wait for hastd or the agents may have nothing left to wait for.
    const waits = planned.steps.filter(({ diff }) => diff === undefined).map(({ id }) => id);
    const changes = (ids: readonly string[]) => ids.filter((id) => !waits.includes(id)).toSorted();
    expect(changes(done)).toEqual(changes(planned.steps.map(({ id }) => id)));
    expect(copied).toEqual([]);
    await expectEndState();
  });

  it('by a lost connection, at whatever channel, is completed by the next ones', async () => {
    const copied = await watchedPair();
    const codes: number[] = [];
    for (let count = 0; codes.at(-1) !== 0; count++) {
      if (count < 6)
        await pair.lab.fault('drop-ssh', [NODES[count % 2] ?? '', `channel=${[3, 9, 13, 8, 14, 6][count]}`]);
      const ended = await pair.hastconf(['apply', '-y']);
      codes.push(ended.code);
      if (ended.code !== 0)
        expect(ended.stderr).toMatch(/^hastconf: hast[ab]:? .*|^hastconf: connection to hast/m);
      expect(codes.length).toBeLessThan(20);
    }
    expect(new Set(codes)).toEqual(new Set([4, 0]));
    expect(codes.length).toBeGreaterThan(4);
    expect(copied).toEqual([]);
    await expectEndState();
  });

  it('by SIGKILL leaves a lock that keeps others out only as long as it lives', async () => {
    await watchedPair();
    const child = pair.spawn(['apply', '-y', '--json']);
    const lines = createInterface({ input: child.stdout! });
    for await (const line of lines) if (line.includes('"id":"hasta/metadata/disk0"')) break;
    const other = await pair.hastconf(['apply', '-y']);
    expect(other.code).toBe(8);
    expect(other.stderr).toMatch(
      new RegExp(`another hastconf works on hasta: \\S+@\\S+ \\(pid ${child.pid}, apply, since 20`),
    );
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await pair.on('hastb', 'cat /var/db/hastconf/lock/owner')).toContain(`"pid":${child.pid}`);
    expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
    await expectEndState();
  });
});

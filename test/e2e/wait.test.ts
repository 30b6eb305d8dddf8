import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { jsonLines, NODES, type Pair, startPair } from './lab.js';

const MB = 1024 * 1024;

let pair: Pair;
beforeAll(async () => {
  pair = await startPair({ diskSize: 128 * MB });
  expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
});
afterAll(() => pair.stop());

/** A new disk in hastb: everything has to be copied, at this rate in bytes a second of the nodes' time. */
async function replaceDisk(rate: number): Promise<void> {
  await pair.lab.fault('slow-sync', [String(rate)]);
  await pair.on('hastb', 'hastctl role init disk0 && hastctl create disk0 && hastctl role secondary disk0');
  await vi.waitFor(async () => expect(await dirty()).toBeGreaterThan(0), { timeout: 60_000 });
}

async function dirty(): Promise<number> {
  const text = await pair.on('hasta', 'hastctl list disk0');
  return Number(/^ +dirty: (\d+)/m.exec(text)?.[1]);
}

const looks = (stdout: string) =>
  jsonLines(stdout).filter(({ event, resource }) => event === 'sync' && resource === 'disk0');

describe('hastconf wait, while the nodes copy', () => {
  beforeAll(async () => {
    for (const node of NODES) await pair.on(node, '/usr/local/sbin/carp-hast-switch maintenance on 86400');
    await replaceDisk(MB);
  });

  it('ends at once on Ctrl-C, says how to go on, and the nodes do', async () => {
    const { code, stderr, stdout } = await pair.hastconf(['wait', '--json'], {
      onLine: (line, abort) => {
        if (JSON.parse(line).state === 'synchronising') abort();
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('`hastconf wait` picks it up again');
    expect(looks(stdout).at(-1)).toMatchObject({ primary: 'hasta', dirty: expect.any(Number) });
    const before = await dirty();
    await expect.poll(dirty, { timeout: 60_000 }).toBeLessThan(before);
  });

  it('gives up after --timeout', async () => {
    const { code, stderr } = await pair.hastconf(['wait', '--timeout', '0.2']);
    expect(code).toBe(6);
    expect(stderr).toMatch(/Not in sync after 0\.2 s/);
    expect(stderr).toMatch(/disk0: (synchronising|waiting)/);
  });

  it('says that it stalls when nothing moves', async () => {
    await pair.lab.fault('slow-sync', ['1']);
    const { code, stderr } = await pair.hastconf(['wait', '--stall-timeout', '1']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/stalled: no progress on disk0/);
  });

  it('tells the bytes as they fall, and ends with none', async () => {
    await pair.lab.fault('slow-sync', [String(2 * MB)]);
    const { code, stdout } = await pair.hastconf(['wait', '--json']);
    expect(code).toBe(0);
    const seen = looks(stdout).flatMap((look) => (typeof look.dirty === 'number' ? [look.dirty] : []));
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    expect(new Set(seen).size).toBeGreaterThan(2);
    expect(seen.at(-1)).toBe(0);
    expect(await dirty()).toBe(0);
  });
});

it('apply with nothing else to do waits for a synchronisation and for the agents’ word on it', async () => {
  for (const node of NODES) await pair.on(node, '/usr/local/sbin/carp-hast-switch maintenance off');
  // Slow enough for a second line, whatever the first look has seen of the nodes by then.
  await replaceDisk(MB);
  const ended = await pair.hastconf(['apply', '-y']);
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  expect(ended.stderr).toMatch(/Synchronisation: .* left/);
  expect(await dirty()).toBe(0);
});

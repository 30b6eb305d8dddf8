import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoneNode, loneNode } from '../lone-node.js';

/** Simulated seconds a real second while everybody waits. */
const ACCELERATION = 2000;

let lone: LoneNode;
beforeAll(async () => {
  lone = await loneNode(undefined, { accelerate: ACCELERATION });
});
afterAll(() => lone.close());

/** Simulated and real milliseconds of a script that never waits for the clock. */
async function cost(script: string): Promise<{ simulated: number; real: number }> {
  const start = { simulated: lone.clock.now(), real: performance.now() };
  expect(await lone.node.run(script)).toMatchObject({ code: 0, stderr: '' });
  return { simulated: lone.clock.now() - start.simulated, real: performance.now() - start.real };
}

describe('time while a node computes', () => {
  it.each([
    ['a long loop', 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done'],
    ['one short program after another', 'i=0; while [ $i -lt 150 ]; do rm -f /tmp/x; i=$((i + 1)); done'],
    ['one subshell after another', 'i=0; while [ $i -lt 150 ]; do x=$(echo $i); i=$((i + 1)); done'],
  ])('runs no faster than real time: %s', async (_, script) => {
    const { simulated, real } = await cost(script);
    expect(simulated).toBeLessThan(real * 3 + 100);
  });
});

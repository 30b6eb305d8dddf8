import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeNode } from './node.js';

let node: FakeNode;
beforeEach(() => {
  node = new FakeNode();
});
afterEach(() => node.remove());

/** limit_hard with sleeps that only add up; prints its code and the seconds that it has waited, in hundredths. */
const limitHard = async (words: string) => {
  const counted = `waited=0 sleeps=0
sleep() { sleeps=$((sleeps + 1)); waited=$((waited + \${1#0.})); sleep-for-real 0.001; }`;
  const { stdout } = await node.run(
    `${counted}\nrc=0; limit_hard ${words} || rc=$?; echo "$rc $waited $sleeps"`,
  );
  const [code = 0, waited = 0, sleeps = 0] = stdout.trim().split(' ').map(Number);
  return { code, seconds: waited / 100, sleeps };
};

describe('limit_hard', () => {
  test.each([0, 1, 8, 124])('keeps exit code %i', async (code) => {
    expect((await limitHard(`5 sh -c 'exit ${code}'`)).code).toBe(code);
  });

  test.each([1, 2, 3, 30])('gives a command up after %i s that no signal ends', async (limit) => {
    const { code, seconds } = await limitHard(`${limit} sh -c "trap '' TERM; exec sleep-for-real 3"`);
    expect(code).toBe(124);
    expect(seconds).toBe(limit);
  });

  test('looks often only in the beginning', async () => {
    expect((await limitHard('60 sleep-for-real 3')).sleeps).toBe(40 + 58 * 4);
  });
});

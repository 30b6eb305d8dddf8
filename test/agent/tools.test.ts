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

describe('limit where there is no timeout(1), as before FreeBSD 10.3', () => {
  const byHand = (words: string) =>
    node.run(
      `sleep() { sleep-for-real "$1"; }\nrc=0; out=$(limit_by_hand ${words}) || rc=$?; echo "$out $rc"`,
    );

  test.each([
    ["5 sh -c 'echo said; exit 3'", 'said 3\n'],
    ['5 cat', ' 0\n'],
    ['0.1 sleep-for-real 5', ' 124\n'],
    [`0.1 sh -c 'trap "" TERM; echo deaf; while :; do sleep-for-real 0.1; done'`, 'deaf 124\n'],
  ])('%s', async (words, expected) => {
    const start = Date.now();
    expect(await byHand(words)).toMatchObject({ stdout: expected, stderr: '' });
    expect(Date.now() - start).toBeLessThan(4500);
  });
});

describe('connects', () => {
  const connects = async (nc: string) => {
    const { code } = await node.run(`limit() { shift; "$@"; }\nnc() { ${nc}; }\nconnects 10.77.0.2`);
    return code === 0;
  };

  test.each([
    ['an open port', 'echo "Connection to 10.77.0.2 22 port [tcp/ssh] succeeded!" >&2', true],
    [
      'a refused one: somebody is there',
      'echo "nc: connect to 10.77.0.2 port 22 (tcp) failed: Connection refused" >&2; return 1',
      true,
    ],
    [
      'nobody',
      'echo "nc: connect to 10.77.0.2 port 22 (tcp) failed: Operation timed out" >&2; return 1',
      false,
    ],
    [
      'the reject route',
      'echo "nc: connect to 10.77.0.2 port 22 (tcp) failed: No route to host" >&2; return 1',
      false,
    ],
    ['no time left', 'return 124', false],
  ])('%s', async (_name, nc, answers) => {
    expect(await connects(nc)).toBe(answers);
  });
});

test('of what the peer left only 200 bytes of the first line are read; of our own files all of it', async () => {
  node.set('db/spool/long', `${'x'.repeat(300)}\nmore\n`).set('run/long', `${'y'.repeat(300)}\nmore\n`);
  node.set('run/short', 'no newline').set('run/none', '');
  const script =
    'for f in "$db/spool/long" "$run/long" "$run/short"; do first_line "$f"; echo "${#line} $line"; done';
  const said = (await node.run(`${script}; first_line "$run/none" || echo empty`)).stdout;
  expect(said).toMatch(/^200 x{200}\n300 y{300}\n10 no newline\nempty\n$/);
});

test.each([
  ['192.168.50.1', '1203000', 'ping -q -o -c 2 -i 0.1 -W 400 192.168.50.1'],
  ['fd00:77::2', '1302001', 'ping -q -o -c 2 -i 0.1 -W 400 fd00:77::2'],
  ['fd00:77::2', '1203000', 'ping6 -q -o -c 2 -i 0.1 -x 400 fd00:77::2'],
])('%s is pinged on %s', async (address, release, expected) => {
  const said = (name: string) => `${name}() { echo "${name} $*" >"$FAKE/pinged"; }`;
  await node.run(
    `limit() { shift; "$@"; }\nsysctl() { echo ${release}; }\n${said('ping')}\n${said('ping6')}\nping_twice ${address}`,
  );
  expect(node.get('pinged')).toBe(`${expected}\n`);
});

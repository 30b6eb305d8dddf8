import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Pair, startPair } from './lab.js';

let pair: Pair;
const CONSENT = ['--destroy', 'hasta:disk0', '--destroy', 'hasta:disk1'];

beforeAll(async () => {
  pair = await startPair();
  expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
});
afterAll(() => pair.stop());

/** Both have been primary alone: hasta wrote `onlya`, and hastb, forced, `onlyb`. */
async function part(): Promise<void> {
  const { lab } = pair;
  await lab.fault('power-cut', ['hastb']);
  await pair.on('hasta', 'until carp-hast-switch status --json | grep -q replication-lost; do sleep 1; done');
  await pair.on('hasta', 'echo a >/hast/disk0/onlya && fsync /hast/disk0/onlya');
  await lab.fault('power-cut', ['hasta']);
  await lab.fault('power-on', ['hastb']);
  await pair.on('hastb', 'until carp-hast-switch promote --force >/dev/null 2>&1; do sleep 1; done');
  await pair.on('hastb', 'echo b >/hast/disk0/onlyb && fsync /hast/disk0/onlyb');
  await lab.fault('power-on', ['hasta']);
  await pair.on('hasta', 'until carp-hast-switch status --json | grep -q split-brain; do sleep 1; done');
}

describe('resolve', () => {
  it('has nothing to do for copies that have not parted', async () => {
    const ended = await pair.hastconf(['resolve']);
    expect(ended).toMatchObject({ code: 0, stdout: 'Nothing to do: the copies have not parted.\n' });
  });

  it('shows both copies, recommends none, and wants to be told', async () => {
    await part();
    const { code, stderr } = await pair.hastconf(['resolve']);
    expect(code).toBe(5);
    expect(stderr).toContain('hasta says split-brain');
    expect(stderr).toMatch(/^serves now +nothing +\/hast\/disk0, \/hast\/disk1$/m);
    expect(stderr).toMatch(/^disk0: localcnt, remotecnt +1, \d +\d, \d$/m);
    expect(stderr).toContain('resolve --winner hasta --destroy hastb:disk0 --destroy hastb:disk1 -y');
  });

  it('gives nothing up without a consent for each resource, nor the copy that is to stay', async () => {
    const half = await pair.hastconf(['resolve', '--winner', 'hastb', ...CONSENT.slice(0, 2)]);
    expect(half).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('no consent to give up hasta:disk1'),
    });
    const wrong = await pair.hastconf(['resolve', '--winner', 'hasta', ...CONSENT]);
    expect(wrong).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("only hastb's copy may be given up"),
    });
    expect(await pair.on('hasta', 'hastctl dump disk0')).toContain('localcnt: 1');
  });

  it('gives the other copy up, and ends with both equal and no alarm', async () => {
    const { code, stdout, stderr } = await pair.hastconf(['resolve', '--winner', 'hastb', ...CONSENT, '-y']);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe("Resolved: hastb's copy stays, and is on both nodes.\n");
    expect(await pair.hastconf(['status'])).toMatchObject({ code: 0 });
    expect(await pair.on('hastb', 'ls /hast/disk0')).toBe('onlyb\n');
    expect(await pair.hastconf(['switchover'])).toMatchObject({ code: 0 });
    expect(await pair.on('hasta', 'ls /hast/disk0')).toBe('onlyb\n');
  });
});

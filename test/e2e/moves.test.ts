import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MoveReport } from '../../src/report/move-text.js';
import { type Pair, startPair } from './lab.js';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
  expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
});
afterAll(() => pair.stop());

const serving = async () => {
  const { stdout } = await pair.hastconf(['status', '--json']);
  return (JSON.parse(stdout) as { serving: string | null }).serving;
};

describe('switchover', () => {
  it('--dry-run makes the checks and changes nothing', async () => {
    const { code, stdout, stderr } = await pair.hastconf(['switchover', '--dry-run']);
    expect(stdout).toBe('hastb could take over from hasta; nothing was changed.\n');
    expect(stderr).toContain("[✓] hastb's copy has all the data\n");
    expect(code).toBe(0);
    expect(await serving()).toBe('hasta');
  });

  it('to the node that serves has nothing to do', async () => {
    const ended = await pair.hastconf(['switchover', '--to', 'hasta']);
    expect(ended).toMatchObject({ code: 0, stdout: 'Nothing to do: hasta serves already.\n' });
  });

  it('to a node that is none is wrong usage', async () => {
    expect(await pair.hastconf(['switchover', '--to', 'hastc'])).toMatchObject({ code: 2 });
  });

  it('moves storage and address, says what it has cost, and leaves a fresh standby', async () => {
    await pair.on('hasta', 'echo kept >/hast/disk0/kept && fsync /hast/disk0/kept');
    const { code, stdout } = await pair.hastconf(['switchover', '--json']);
    const document = JSON.parse(stdout) as MoveReport;
    expect(document).toMatchObject({ from: 'hasta', to: 'hastb', moved: true, problems: [] });
    expect(code).toBe(0);
    expect(document.measured!.withoutStorage).toBeGreaterThan(0);
    expect(document.measured!.withoutService).toBeGreaterThanOrEqual(document.measured!.withoutStorage);
    // The nodes are reached through loopback: their network is not here.
    expect(document.measured!.fromHere).toBe(null);
    expect(await pair.on('hastb', 'cat /hast/disk0/kept')).toBe('kept\n');
    expect(await pair.on('hastb', 'cat /var/db/hastconf/journal')).toContain('done hastb/move\n');
  });

  it('does not begin when the other node could not take over', async () => {
    await pair.lab.fault('cut-link', ['lan', 'hasta']);
    const refused = await pair.hastconf(['switchover']);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toContain('hasta cannot take over now');
    expect(refused.stderr).toContain('CARP is INIT there');
    expect(await serving()).toBe('hastb');
    await pair.lab.fault('restore-link', ['lan', 'hasta']);
  });

  it('leaves the storage where it was when the target fails in the middle', async () => {
    await pair.on(
      'hasta',
      'until carp-hast-switch status | grep -q "standby.*CARP BACKUP"; do sleep 1; done',
    );
    await pair.lab.fault('fail-command', ['hasta', 'fsck_ufs', '8']);
    const failed = await pair.hastconf(['switchover']);
    await pair.lab.fault('heal-command', ['hasta', 'fsck_ufs']);
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stderr).toContain('hasta could not take over; hastb serves');
    expect(await serving()).toBe('hastb');
    expect(await pair.on('hastb', 'cat /hast/disk0/kept')).toBe('kept\n');
  });

  it('says what is going on when it takes too long: a time-out is no failure', async () => {
    await pair.on('hasta', 'until carp-hast-switch status | grep -q ": standby"; do sleep 1; done');
    await pair.lab.fault('hang-command', ['hastb', 'umount']);
    const late = await pair.hastconf(['switchover', '--timeout', '3']);
    expect(late.code, late.stderr).toBe(6);
    expect(late.stderr).toMatch(/has not ended within 3 s; the agents are still at it/);
    expect(late.stderr).toContain('hastconf status --watch');
    await pair.lab.fault('heal-command', ['hastb', 'umount']);
  });
});

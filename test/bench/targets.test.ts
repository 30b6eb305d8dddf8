import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentPair, type Contender } from '../../src/bench/contenders.js';
import { beforeItLooks, carpFlap, comeBack, plannedMove, powerCut } from '../../src/bench/events.js';

/** What starting a program costs an ordinary machine, generously; the bench takes more. */
const COMMAND_MS = 10;

/**
 * What the agent promises, in the lab with its modelled waits: hastconf's own apply has set the pair up, and
 * what is measured is seen from outside the nodes.
 */
describe('seconds without storage', { timeout: 120_000 }, () => {
  let pair: Contender;
  beforeAll(async () => {
    pair = await agentPair(COMMAND_MS);
  }, 240_000);
  afterAll(() => pair?.stop());

  it('none while the address flaps for less than the settle time', async () => {
    expect(await carpFlap(pair, 15)).toMatchObject({ withoutStorage: 0, appeared: [] });
    await pair.rest('hasta');
  });

  it('two at most for a planned move', async () => {
    const { withoutService, servedAfter, appeared } = await plannedMove(pair, 10);
    expect(withoutService).toBeLessThanOrEqual(2);
    expect([servedAfter === undefined, appeared]).toEqual([false, ['hastb']]);
    await pair.rest('hastb');
    await pair.move('hasta');
    await pair.rest('hasta');
  });

  it.each([
    ['while the standby looks on its own account', 0],
    ['between two of its looks', 3000],
  ])('two at most above what CARP needs to see a power cut, %s', async (_when, later) => {
    await beforeItLooks(pair);
    await pair.lab.clock.sleep(later);
    const { withoutService, addressMovedAfter, servedAfter } = await powerCut(pair, 15);
    expect(servedAfter).toBeDefined();
    expect(addressMovedAfter).toBeLessThan(3.2);
    expect(withoutService).toBeLessThanOrEqual((addressMovedAfter ?? 0) + 2);
    // And none when the crashed node returns.
    expect(await comeBack(pair, 40)).toMatchObject({ withoutService: 0, appeared: [] });
    await pair.rest('hastb');
    await pair.move('hasta');
    await pair.rest('hasta');
  });
});

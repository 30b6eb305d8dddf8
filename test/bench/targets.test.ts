import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { agentPair, type Contender } from '../../src/bench/contenders.js';
import { carpFlap, comeBack, plannedMove, powerCut } from '../../src/bench/events.js';

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

  /** The standby's timer has just fired: its next look on its own account is ten seconds away. */
  const standbyHasLooked = async (name: string) => {
    const { files } = pair.lab.node(name).host;
    const looked = async () =>
      /^time (\d+)$/m.exec((await files.read('/var/run/hastconf/public')) ?? '')?.[1];
    const before = await looked();
    while ((await looked()) === before) await pair.lab.clock.sleep(100);
    await pair.lab.clock.sleep(2000);
  };

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

  it('two at most above what CARP needs to see a power cut', async () => {
    await standbyHasLooked('hastb');
    const { withoutService, addressMovedAfter, servedAfter } = await powerCut(pair, 15);
    expect(servedAfter).toBeDefined();
    expect(addressMovedAfter).toBeLessThan(3.2);
    expect(withoutService).toBeLessThanOrEqual((addressMovedAfter ?? 0) + 2);
  });

  it('none when the crashed node returns', async () => {
    expect(await comeBack(pair, 40)).toMatchObject({ withoutService: 0, appeared: [] });
    await pair.rest('hastb');
  });
});

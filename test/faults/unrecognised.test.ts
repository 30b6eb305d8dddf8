import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, expectClear } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const LUKS = `printf 'LUKS\\272\\276' | dd of=/dev/vtbd1 conv=notrunc 2>/dev/null`;
/** The last sector of 64 MB. */
const GMIRROR = `printf 'GEOM::MIRROR' | dd of=/dev/vtbd2 bs=512 seek=131071 conv=notrunc 2>/dev/null`;
const CONSENTS = ['hasta:/dev/vtbd2', 'hastb:/dev/vtbd1', 'hastb:/dev/vtbd2'];

describe('data on a provider that fstyp, gpart and glabel do not name', () => {
  it('are not overwritten by -y, whatever they are and at whichever end', async () => {
    await bench.on('hastb', LUKS);
    await bench.on('hasta', GMIRROR);
    await bench.on('hastb', 'printf nobody-knows-this | dd of=/dev/vtbd2 seek=100 conv=notrunc 2>/dev/null');
    const outcome = await bench.unchanged(() => bench.apply());
    expectClear(
      outcome,
      5,
      'refused: this would destroy data',
      'LUKS encryption',
      'gmirror metadata',
      'data that is not recognised',
      ...CONSENTS.map((consent) => `--destroy ${consent}`),
    );
  });

  it('and those that came since the plan was shown are found on the node, before anything is written', async () => {
    const destroy = CONSENTS.flatMap((consent) => ['--destroy', consent]);
    const outcome = await bench.run(['apply', '-y', '--json', ...destroy], {
      onStep: (id, state) => {
        if (id !== 'hasta/files/etc/hast.conf' || state !== 'done') return;
        void bench.on('hasta', LUKS);
        void bench.on('hastb', 'printf changed | dd of=/dev/vtbd2 seek=120 conv=notrunc 2>/dev/null');
      },
    });
    expectClear(outcome, 5, /vtbd[12].*(?:is not blank|has changed since the plan was shown)/);
    expect(await bench.on('hasta', 'dd if=/dev/vtbd1 bs=4 count=1 2>/dev/null')).toBe('LUKS');
    expect(await bench.on('hastb', 'dd if=/dev/vtbd2 bs=512 skip=120 count=1 2>/dev/null | head -c 7')).toBe(
      'changed',
    );
  });

  it('are given up by name: the set-up runs through, and no label is left at the end', async () => {
    const destroy = [...CONSENTS, 'hasta:/dev/vtbd1'].flatMap((consent) => ['--destroy', consent]);
    const outcome = await bench.apply(...destroy);
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stdout).toContain('VERIFIED');
    const last = 'dd if=/dev/vtbd2 bs=512 skip=131071 2>/dev/null | tr -d "\\000" | wc -c';
    expect(Number(await bench.on('hasta', last))).toBe(0);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseHastList } from '../../src/facts/hast-list.js';
import { SampleReader } from '../../src/sync/sample-reader.js';
import { listBlock, resource } from './samples.js';

const LISTED = listBlock(resource('disk0', 'primary', 'complete', 62_914_560));
const LOOK = `abc begin\n${LISTED}abc end 0 1795169126\n`;

function read(text: string, pieces: readonly string[] = [text]) {
  const reader = new SampleReader('hasta', 'abc', parseHastList);
  return pieces.flatMap((piece) => reader.feed(piece, 7));
}

describe('SampleReader', () => {
  it('makes a sample of a look; keepdirty is not dirty', () => {
    expect(read(LOOK)).toEqual([
      {
        node: 'hasta',
        atMs: 7,
        epoch: 1_795_169_126,
        code: 0,
        words: '',
        resources: {
          disk0: expect.objectContaining({ role: 'primary', status: 'complete', dirty: 62_914_560 }),
        },
      },
    ]);
  });

  it('gives the same samples however the output was cut (property)', () => {
    const text = `motd\n${LOOK}${LOOK.replace('62914560', '0')}`;
    const whole = read(text);
    expect(whole).toHaveLength(2);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (raw) => {
        const cuts = [0, ...raw.toSorted((a, b) => a - b), text.length];
        const pieces = cuts.slice(1).map((cut, index) => text.slice(cuts[index], cut));
        expect(read(text, pieces)).toEqual(whole);
      }),
    );
  });

  it('keeps hastctl’s own words and exit code when hastd does not run', () => {
    const words = '[ERROR] Unable to connect to hastd via /var/run/hastctl: Connection refused.';
    expect(read(`abc begin\n${words}\nabc end 71 1\n`)[0]).toMatchObject({ code: 71, words, resources: {} });
  });

  it('keeps the shell’s words when there is no hastctl', () => {
    const words = 'sh: hastctl: not found';
    expect(read(`abc begin\n${words}\nabc end 127 1\n`)[0]).toMatchObject({ code: 127, words });
  });

  it('reads the resources although one is in error, and messages among them', () => {
    const text = `abc begin\n[ERROR] odd\nbad:\n  error: 1\n${LISTED}abc end 1 5\n`;
    const [sample] = read(text);
    expect(sample?.words).toBe('[ERROR] odd');
    expect(sample?.resources.bad?.error).toBe(1);
    expect(sample?.resources.disk0?.dirty).toBe(62_914_560);
  });

  it('does not take a resource’s words for its marker, and drops a look that was cut off', () => {
    expect(read(`abc begin\nabc end x y\n${LISTED}xabc end 0 1\n`)).toEqual([]);
    expect(read(`abc begin\nlost:\n${LOOK}`)).toHaveLength(1);
    expect(Object.keys(read(`abc begin\nlost:\n${LOOK}`)[0]!.resources)).toEqual(['disk0']);
  });

  it('gives up a look that never ends instead of growing', () => {
    const reader = new SampleReader('hasta', 'abc', parseHastList);
    const flood = `${'x'.repeat(1023)}\n`.repeat(2000);
    expect(reader.feed(`abc begin\n${flood}`, 1)).toEqual([]);
    expect(reader.feed('abc end 0 1\n', 1)).toEqual([]);
    expect(reader.feed(LOOK, 1)).toHaveLength(1);
  });
});

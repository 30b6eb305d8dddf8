import { describe, expect, it } from 'vitest';
import { setBlock } from '../../src/formats/block.js';
import { BLOCK_BEGIN, BLOCK_END } from '../../src/spec/paths.js';

const OURS = `${BLOCK_BEGIN}\ncarp_load="YES"\n${BLOCK_END}\n`;

describe('setBlock', () => {
  it('goes to the end of a file without one', () => {
    expect(setBlock('console="comconsole"\n', ['carp_load="YES"'])).toBe(`console="comconsole"\n${OURS}`);
    expect(setBlock('', ['carp_load="YES"'])).toBe(OURS);
  });

  it('replaces its own block in place, leaving foreign lines and their order', () => {
    const before = `a="1"\n${BLOCK_BEGIN}\nold="1"\n${BLOCK_END}\nz="2"\n`;
    expect(setBlock(before, ['carp_load="YES"'])).toBe(`a="1"\n${OURS}z="2"\n`);
  });

  it('changes nothing the second time', () => {
    const once = setBlock('a="1"', ['b']);
    expect(setBlock(once, ['b'])).toBe(once);
  });

  it('refuses a block that somebody cut in half', () => {
    expect(() => setBlock(`${BLOCK_BEGIN}\nx\n`, ['y'])).toThrow(BLOCK_END);
  });
});

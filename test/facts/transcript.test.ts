import { describe, expect, it } from 'vitest';
import { blockOf, excerpt, transcript } from './transcript.js';

describe('transcript loader', () => {
  it('takes node, command, output and exit code apart', () => {
    const [first, second] = transcript('01-first-setup.txt');
    expect(first).toEqual({ node: 'hasta', command: 'hastctl create disk0', output: '', exit: 0 });
    expect(second!.node).toBe('hastb');
    expect(transcript('09-errors.txt').find((block) => block.exit === 71)?.output).toContain(
      'Connection refused',
    );
  });

  it('refuses an ambiguous or a missing block', () => {
    expect(() => blockOf('01-first-setup.txt', 'hasta', 'hastctl')).toThrow('blocks of hasta');
    expect(() => blockOf('01-first-setup.txt', 'hasta', 'nosuch')).toThrow('0 blocks');
  });

  it('cuts between two lines', () => {
    expect(excerpt('a\nb\nc\nd\n', /^b/, /^d/)).toBe('b\nc\n');
    expect(excerpt('a\nb\nc\n', /^b/)).toBe('b\nc\n');
    expect(() => excerpt('a\n', /z/)).toThrow('no line matches');
  });
});

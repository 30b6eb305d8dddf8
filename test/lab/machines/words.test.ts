import { execa } from 'execa';
import { expect, it } from 'vitest';
import { loginCommand } from '../../../src/lab/machines/words.js';

it('runs the very words under sh', async () => {
  const words = ['printf', '[%s]', "it's", 'a!b', 'two\nlines', '$HOME `x` "q" \\n', 'ä', '', '-n', '*'];
  const { stdout } = await execa('/bin/sh', ['-c', loginCommand(words)]);
  expect(stdout).toBe(
    words
      .slice(2)
      .map((word) => `[${word}]`)
      .join(''),
  );
});

it('gives csh nothing that it would change', () => {
  const command = loginCommand(['echo', 'a!b\n', "'", '`']);
  const quoted = /^exec \/bin\/sh -c '([^'\n!]*)'$/.exec(command);
  expect(quoted).not.toBeNull();
});

it('sets the environment', async () => {
  const { stdout } = await execa('/bin/sh', ['-c', loginCommand(['sh', '-c', 'echo "$A"'], { A: 'b c' })]);
  expect(stdout).toBe('b c');
});

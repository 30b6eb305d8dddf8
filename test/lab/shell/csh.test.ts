import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { csh } from '../../../src/lab/shell/csh.js';
import { basicCommands, type LoneNode, loneNode } from '../lone-node.js';

let lone: LoneNode;
beforeAll(async () => {
  lone = await loneNode(basicCommands);
});
afterAll(() => lone.close());

async function run(line: string, env: Record<string, string> = { HOME: '/root' }) {
  const { script } = csh(line, env);
  return lone.node.run(script, { cwd: '/root' });
}

/** Blocks of `$ ssh root@hasta COMMAND`, output and exit code, with the command as csh got it. */
function measured() {
  const text = readFileSync(new URL('../../facts/transcripts/10-csh.txt', import.meta.url), 'utf8');
  return text
    .split(/^\$ ssh root@hasta /m)
    .slice(1)
    .map((block) => {
      const [command = '', ...rest] = block.split('\n');
      const exit = rest.findIndex((line) => line.startsWith('(exit '));
      return {
        command: command.replace(/\\(.)/g, '$1'),
        output: rest.slice(0, exit).join('\n'),
        code: Number(/\d+/.exec(rest[exit] ?? '')?.[0]),
      };
    });
}

describe('csh as the login shell', () => {
  it.each(measured())('does as measured: $command', async ({ command, output, code }) => {
    const result = await run(command);
    expect({ text: `${result.stdout}${result.stderr}`.trimEnd(), code: result.code }).toEqual({
      text: output,
      code,
    });
  });

  it('has seven measured commands', () => {
    expect(measured()).toHaveLength(7);
  });

  it('leaves a file named 1 where sh would join the outputs', async () => {
    await run('echo a 2>&1');
    expect(await lone.node.files.read('/root/1')).toBe('a 2\n');
  });

  it.each([
    ['printf %s \'a  b\' "c $HOME" d\\ e', 'a  bc /rootd e'],
    ['/bin/sh -c "echo \'x\'; echo y"', 'x\ny\n'],
    ['true && echo yes || echo no', 'yes\n'],
    ['echo one; echo two | cat', 'one\ntwo\n'],
    ["exec /bin/sh -c 'echo $((1 + 1))'", '2\n'],
  ])('runs %s', async (line, stdout) => {
    expect(await run(line)).toEqual({ code: 0, stdout, stderr: '' });
  });

  it.each(['ls *.c', 'foreach i (1 2)', 'setenv A b', 'echo `hostname`', 'a &', 'echo {a,b}', 'echo ~root'])(
    'does not pretend to know %s',
    async (line) => {
      const result = await run(line);
      expect(result).toMatchObject({ code: 127, stdout: '' });
      expect(result.stderr).toMatch(/^lab: not modelled: csh: /);
    },
  );
});

import { execFile } from 'node:child_process';
import { homedir, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../src/errors.js';
import { expandHome, localHome, localUser, stateHome } from '../src/local-user.js';

describe('whoever runs this', () => {
  it('has the home that HOME names, and passwd’s where it is unset, empty or no absolute path', () => {
    expect(localHome({ HOME: '/home/ann' })).toBe('/home/ann');
    for (const HOME of [undefined, '', 'ann']) expect(localHome({ HOME })).toBe(userInfo().homedir);
    expect(localUser()).toBe(userInfo().username);
    expect(homedir()).not.toBe('');
  });

  it('has its state where XDG says, but not where XDG says nothing', () => {
    expect(stateHome({ XDG_STATE_HOME: '/state', HOME: '/home/ann' })).toBe('/state/hastconf');
    for (const XDG_STATE_HOME of [undefined, '', 'state'])
      expect(stateHome({ XDG_STATE_HOME, HOME: '/home/ann' })).toBe('/home/ann/.local/state/hastconf');
  });

  it('is told what to do where "~" stands for no directory', () => {
    expect(expandHome('~/key', '/home/ann')).toBe('/home/ann/key');
    expect(expandHome('/key', undefined)).toBe('/key');
    expect(() => expandHome('~/key', undefined)).toThrow(
      expect.objectContaining({ exit: ExitCode.Usage, remedy: 'set HOME, or give the whole path' }),
    );
  });
});

const LOCAL_USER = fileURLToPath(new URL('../src/local-user.ts', import.meta.url));

describe.runIf(process.getuid?.() === 0)('a uid without an entry in passwd and without HOME', () => {
  it('has a name all the same, no home, and nothing is thrown', async () => {
    const code = `import { localHome, localUser, stateHome } from ${JSON.stringify(LOCAL_USER)};
      process.setgid(54321); process.setuid(54321);
      console.log(JSON.stringify([localUser(), localHome({}) ?? null, stateHome({}) ?? null]));`;
    const words = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code];
    const { stdout } = await promisify(execFile)(process.execPath, words, { env: {} });
    expect(JSON.parse(stdout)).toEqual(['uid 54321', null, null]);
  });
});

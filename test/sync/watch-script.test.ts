import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wrapScript } from '../../src/remote/script.js';
import { watchScript } from '../../src/sync/watch-script.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hastconf-watch-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

/** A program of this name that stands before the system's own. */
function program(name: string, body: string): void {
  writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(dir, name), 0o755);
}

function run(polls: number, env: Record<string, string> = {}): string {
  const script = watchScript({ nonce: 'n1', intervalSeconds: 0.01, polls });
  return execFileSync('/bin/sh', ['-s'], {
    input: script,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { PATH: `${dir}:/usr/bin:/bin`, ...env },
  });
}

describe('watchScript', () => {
  it('passes shellcheck', () => {
    const script = `#!/bin/sh\n${watchScript({ nonce: 'n1', intervalSeconds: 1, polls: 600 })}`;
    // $limit is two words or none on purpose
    execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC2086', '-'], { input: script });
  });

  it('prints look after look, with exit code and clock, and ends by itself', () => {
    program('hastctl', 'echo "$1:"; exit 3');
    expect(run(2)).toMatch(/^(n1 begin\nlist:\n\nn1 end 3 \d+\n){2}$/);
  });

  it('runs hastctl under a time limit where there is timeout(1), and reports 124', () => {
    program('timeout', 'echo "limit $*"; exit 124');
    expect(run(1)).toMatch(/^n1 begin\nlimit -k 2 10 hastctl list\n\nn1 end 124 \d+\n$/);
  });

  it('falls back to the long form of status where list is a usage error, and stays there', () => {
    program('timeout', 'shift 3; exec "$@"');
    program('hastctl', '[ "$1" = list ] && { echo used >>"$0.log"; exit 64; }; echo "disk0:"');
    expect(run(3)).toMatch(/^(n1 begin\ndisk0:\n\nn1 end 0 \d+\n){3}$/);
    expect(execFileSync('cat', [join(dir, 'hastctl.log')], { encoding: 'utf8' })).toBe('used\n');
  });

  it('keeps its markers on lines of their own when output ends without a line feed', () => {
    program('hastctl', 'printf "%s" "odd end"');
    expect(run(1)).toMatch(/^n1 begin\nodd end\nn1 end 0 \d+\n$/);
  });

  it('survives a missing hastctl', () => {
    program('timeout', 'shift 3; exec "$@"');
    expect(run(2)).toMatch(/n1 end 127 \d+\n$/);
  });

  it.each(['default', 'ignored'])('ends when nobody reads it any more (SIGPIPE %s)', async (disposition) => {
    program('hastctl', 'echo "disk0:"');
    const trap = disposition === 'ignored' ? "trap '' PIPE; " : '';
    const child = spawn('/bin/sh', ['-c', `${trap}exec /bin/sh -s`], {
      env: { PATH: `${dir}:/usr/bin:/bin` },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const ended = once(child, 'exit');
    const script = watchScript({ nonce: 'n1', intervalSeconds: 0.01, polls: 1_000_000 });
    child.stdin.end(wrapScript(script).replace(/^PATH=\S+/, `PATH=${dir}:/usr/bin:/bin`));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code, signal] = (await ended) as [number | null, string | null];
    expect(code === 0 || signal === 'SIGPIPE').toBe(true);
  });

  it('refuses a nonce that could be more than a word', () => {
    expect(() => watchScript({ nonce: "a'; reboot", intervalSeconds: 1, polls: 1 })).toThrow();
  });
});

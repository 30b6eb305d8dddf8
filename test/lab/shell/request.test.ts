import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBytes, encodeBytes } from '../../../src/lab/shell/bytes.js';
import { parseExports, parseRequest } from '../../../src/lab/shell/request.js';

describe('bytes as text', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect([...encodeBytes(decodeBytes(bytes))]).toEqual([...bytes]);
      }),
    );
  });

  it('are plain text when they are UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decodeBytes(Buffer.from(text))).toBe(text);
        expect(encodeBytes(text).toString()).toBe(text);
      }),
    );
  });
});

describe('parseExports', () => {
  it('reads what sh prints of any value', () => {
    const values = ['', ' ', "'", '"', 'a\nexport B=1', '$x `y` \\ \\n', "''\"'\"", 'é', '!#&'];
    for (const value of values) {
      const text = execFileSync('/bin/sh', ['-c', 'export -p'], {
        env: { V: value, W: 'w' },
        encoding: 'utf8',
      });
      expect(parseExports(text)).toMatchObject({ V: value, W: 'w' });
    }
  });

  it.each([
    ['export A="a \\"b\\" \\$c \\\\"\n', { A: 'a "b" $c \\' }],
    ['declare -x A="x"\ndeclare -x B\n', { A: 'x' }],
    ["export A='a'\\''b'\nexport B='2'\n", { A: "a'b", B: '2' }],
    ['export OLDPWD\nexport A=plain\n', { A: 'plain' }],
    ['', {}],
  ])('reads other shells’ form %j', (text, env) => expect(parseExports(text)).toEqual(env));
});

describe('parseRequest', () => {
  const whole = Buffer.from("12\x0011\0/sbin/x\0/tmp\x002\0a\nb\0\0export A='1'\n\0");
  it('knows when it is complete', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(parseRequest(whole.subarray(0, length))).toBeUndefined();
    }
    expect(parseRequest(whole)).toEqual({
      pid: 12,
      parentPid: 11,
      program: '/sbin/x',
      cwd: '/tmp',
      args: ['a\nb', ''],
      env: { A: '1' },
    });
  });
});

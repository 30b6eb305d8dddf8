import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeScript, type Trace, tracesOf } from '../../src/measure/probe-script.js';
import { nodeFacts, pairSpec } from '../report/pair.js';

const spec = pairSpec();
let bin: string;

beforeAll(() => {
  bin = mkdtempSync(join(tmpdir(), 'hastconf-probe-'));
  const program = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  program('mount', 'printf "%b" "$MOUNTS"');
  program('ifconfig', 'printf "\\tcarp: %s vhid 1 advbase 1 advskew 0\\n" "$CARP"');
  program('sleep', 'exit 1');
});
afterAll(() => rmSync(bin, { recursive: true }));

async function look(traces: readonly Trace[], mounts: string, carp = 'BACKUP'): Promise<string> {
  const script = probeScript(spec, { nonce: 'n0nce', node: 'hasta', traces });
  const env = { PATH: `${bin}:${process.env.PATH}`, MOUNTS: mounts, CARP: carp };
  return (await execa('dash', ['-u', '-s'], { input: script, env, extendEnv: false })).stdout;
}

describe('what the script on a node says', () => {
  const ufs: Trace = { mount: '/dev/hast/disk0', on: '/hast/disk0' };

  it.each<[string, Trace[], string, string]>([
    ['a mount', [ufs], '/dev/hast/disk0\\t\\t/hast/disk0\\tufs\\trw 0 0\\n', 'n0nce 1 0'],
    ['another mount point', [ufs], '/dev/hast/disk0\\t/elsewhere\\tufs\\trw\\n', 'n0nce 0 0'],
    ['nothing', [ufs], '', 'n0nce 0 0'],
    [
      'a pool, by any dataset',
      [{ pool: 'tank' }],
      'tank/a\\t/a\\tzfs\\trw\\ntank/b\\t/b\\tzfs\\trw\\n',
      'n0nce 1 0',
    ],
    ['a pool of another name', [{ pool: 'tank' }], 'tank2/a\\t/a\\tzfs\\trw\\n', 'n0nce 0 0'],
    [
      'only one of two',
      [{ pool: 'tank' }, ufs],
      'tank\\t/t\\tzfs\\trw\\ntank/b\\t/b\\tzfs\\trw\\n',
      'n0nce 0 0',
    ],
    ['a device', [{ device: '/dev/null' }], '', 'n0nce 1 0'],
    ['a device that is gone', [{ device: '/dev/hast/none' }], '', 'n0nce 0 0'],
  ])('%s', async (_, traces, mounts, line) => {
    expect(await look(traces, mounts)).toBe(line);
  });

  it('the address', async () => {
    expect(await look([ufs], '', 'MASTER')).toBe('n0nce 0 1');
  });
});

describe('how the storage shows', () => {
  const pool = {
    type: 'zfs' as const,
    pool: 'tank',
    layout: 'mirror' as const,
    resources: ['disk0', 'disk1'],
  };
  const zfs = { ...spec, storage: [pool] };

  it('a pool in its mounts, or else in its devices', () => {
    const mounted = nodeFacts('hasta', {
      mounts: [{ device: 'tank/home', mountpoint: '/home', type: 'zfs', options: '' }],
    });
    expect(tracesOf(zfs, { hasta: mounted })).toEqual([{ pool: 'tank' }]);
    expect(tracesOf(zfs, { hasta: nodeFacts('hasta') })).toEqual([
      { device: '/dev/hast/disk0' },
      { device: '/dev/hast/disk1' },
    ]);
  });
});

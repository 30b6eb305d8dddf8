import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What developers alone need; the product never imports it. */
const DEVELOPERS_ONLY = [
  'dist/bench/',
  'dist/lab/baseline/',
  'dist/render/precompile.js',
  'dist/man/write.js',
];
const CLUSTER = `version: 1
name: pair1
nodes:
  hasta: { ssh: { host: 192.0.2.11 }, replication: 10.77.0.1, interface: vtnet1 }
  hastb: { ssh: { host: 192.0.2.12 }, replication: 10.77.0.2, interface: vtnet1 }
carp: { address: 192.168.50.10/24, vhid: 1 }
resources:
  disk0: { local: /dev/vtbd1 }
storage:
  - { type: ufs, resource: disk0, mountpoint: /hast/disk0 }
`;

interface Packed {
  filename: string;
  files: { path: string }[];
}

describe('the package', () => {
  let directory: string;
  let packed: Packed;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hastconf-package-'));
    const { stdout } = await execa(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', directory],
      { cwd: ROOT },
    );
    packed = (JSON.parse(stdout) as Packed[])[0]!;
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('has nothing in it that developers alone need', () => {
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toContain('dist/main.js');
    expect(paths.filter((path) => DEVELOPERS_ONLY.some((one) => path.startsWith(one)))).toEqual([]);
    expect(paths.filter((path) => path.startsWith('test/') || path.startsWith('src/'))).toEqual([]);
  });

  it('installs into an empty directory and renders there', { timeout: 300_000 }, async () => {
    const cwd = join(directory, 'empty');
    await mkdir(cwd);
    await writeFile(join(cwd, 'package.json'), '{ "private": true }');
    await writeFile(join(cwd, 'cluster.yaml'), CLUSTER);
    const tarball = join(directory, packed.filename);
    await execa(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball],
      { cwd },
    );
    const hastconf = join(cwd, 'node_modules/.bin/hastconf');
    expect((await execa(hastconf, ['--help'], { cwd })).stdout).toContain('Usage: hastconf');
    await execa(hastconf, ['render', '-o', 'out', '--placeholder-secrets'], { cwd });
    const made = await execa('cat', [join(cwd, 'out/hasta/etc/hast.conf')]);
    expect(made.stdout).toContain('resource disk0');
  });
});

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withCluster } from '../src/bench/cluster.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MAIN = join(ROOT, 'src/main.ts');
const { dependencies } = createRequire(import.meta.url)('../package.json') as { dependencies: object };

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hastconf-loaded-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Every file of a dependency that one run of the program loads; node's own coverage says which. */
async function loaded(args: readonly string[], cwd: string): Promise<string[]> {
  const run = `import(${JSON.stringify(MAIN)}).then(async ({ main }) => process.exit(await main(process.argv.slice(1))))`;
  await execa(process.execPath, ['--import', import.meta.resolve('tsx'), '-e', run, '--', ...args], {
    cwd,
    stdin: 'ignore',
    env: { NODE_V8_COVERAGE: directory },
  });
  const reports = await Promise.all(
    (await readdir(directory)).map((name) => readFile(join(directory, name), 'utf8')),
  );
  const urls = reports.flatMap((text) =>
    (JSON.parse(text) as { result: { url: string }[] }).result.map(({ url }) => url),
  );
  // Without this, a report that is empty for whatever reason would look like a fast start.
  expect(urls.some((url) => url.endsWith('/src/cli.ts'))).toBe(true);
  return urls.map((url) => url.split('/node_modules/').at(-1)!);
}

function packagesOf(files: readonly string[]): string[] {
  return Object.keys(dependencies)
    .filter((name) => files.some((file) => file.startsWith(`${name}/`)))
    .sort();
}

describe('what is loaded', () => {
  it('for --help is the command line alone', async () => {
    expect(packagesOf(await loaded(['--help'], ROOT))).toEqual(['commander']);
  });

  it('for render is nothing of the network, the questions and the tasks', async () => {
    const files = await withCluster(1, (dir) => loaded(['render', '-o', 'out'], dir));
    expect(packagesOf(files)).toEqual(['commander', 'handlebars', 'ipaddr.js', 'yaml', 'zod']);
    expect(files.filter((file) => file.startsWith('zod/') && file.includes('/locales/'))).toEqual([]);
  });
});

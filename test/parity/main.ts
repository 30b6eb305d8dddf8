import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openMachines } from '../live/machines.js';
import { GROUPS } from './cases.js';
import { record, serialise } from './recording.js';
import { machineStage } from './stages.js';

const DIRECTORY = fileURLToPath(new URL('recorded/', import.meta.url));

/** `npm run transcripts -- [GROUP…] --image FILE`: records from two real machines what the lab is held to. */
async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { image: { type: 'string' } },
  });
  if (values.image === undefined) throw new Error('usage: npm run transcripts -- [GROUP…] --image FILE');
  const groups = GROUPS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  if (groups.length === 0) throw new Error(`groups: ${GROUPS.map(({ name }) => name).join(' ')}`);
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-transcripts-'));
  const machines = await openMachines({ dir, image: resolve(values.image), client: false });
  try {
    for (const group of groups) {
      await machines.up();
      process.stderr.write(`${group.name}: ${group.cases.length} cases\n`);
      await writeFile(
        join(DIRECTORY, `${group.name}.txt`),
        serialise(await record(group, machineStage(machines))),
      );
    }
  } finally {
    await machines.down();
    await rm(dir, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
